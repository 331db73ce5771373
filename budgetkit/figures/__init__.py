"""Pictures of a disclosure. Every ``plot_…`` has a ``…_frame`` beside it: the same as a table.

Floats only draw; what is printed beside a bar is the document's own text.
"""

from __future__ import annotations

from budgetkit.coverage import (
    claims_frame,
    coverage_frame,
    coverage_shares_frame,
    previous_checks_frame,
    suspects_frame,
    unchecked_frame,
)
from budgetkit.figures.compare import (
    plot_compared_shares,
    plot_compared_totals,
    plot_per_head,
)
from budgetkit.figures.composition import composition_frame, plot_composition
from budgetkit.figures.corpus import (
    plot_document_sizes,
    plot_personnel_shares,
    plot_place_quality,
    plot_three_public,
    plot_year_before,
)
from budgetkit.figures.flow import flow_frame, plot_flow
from budgetkit.figures.outcomes import (
    checks_frame,
    outcomes_frame,
    plot_coverage,
    plot_outcomes,
    reasons_frame,
)
from budgetkit.figures.previous import plot_waterfalls, waterfall_frame
from budgetkit.figures.standard_fit import (
    plot_headcounts,
    plot_scenario,
    plot_scenarios,
    plot_standard_scale,
)
from budgetkit.figures.standards import plot_standards, standards_frame
from budgetkit.figures.status_map import plot_status_map, status_counts_frame, status_map_frame
from budgetkit.figures.style import Picture
from budgetkit.figures.targets import (
    costs_frame,
    plot_costs,
    plot_target_changes,
    plot_weights,
    target_tables_frame,
    targets_frame,
    weights_frame,
)

__all__ = [
    "Picture",
    "checks_frame",
    "claims_frame",
    "composition_frame",
    "costs_frame",
    "coverage_frame",
    "coverage_shares_frame",
    "flow_frame",
    "outcomes_frame",
    "plot_compared_shares",
    "plot_compared_totals",
    "plot_composition",
    "plot_costs",
    "plot_coverage",
    "plot_document_sizes",
    "plot_flow",
    "plot_headcounts",
    "plot_outcomes",
    "plot_per_head",
    "plot_personnel_shares",
    "plot_place_quality",
    "plot_scenario",
    "plot_scenarios",
    "plot_standard_scale",
    "plot_standards",
    "plot_status_map",
    "plot_target_changes",
    "plot_three_public",
    "plot_waterfalls",
    "plot_weights",
    "plot_year_before",
    "previous_checks_frame",
    "reasons_frame",
    "standards_frame",
    "status_counts_frame",
    "status_map_frame",
    "suspects_frame",
    "target_tables_frame",
    "targets_frame",
    "unchecked_frame",
    "waterfall_frame",
    "weights_frame",
]
