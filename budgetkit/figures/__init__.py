"""Pictures of a disclosure. Every ``plot_…`` has a ``…_frame`` beside it: the same as a table.

Floats only draw; what is printed beside a bar is the document's own text.
"""

from __future__ import annotations

from budgetkit.figures.composition import composition_frame, plot_composition
from budgetkit.figures.flow import flow_frame, plot_flow
from budgetkit.figures.outcomes import (
    checks_frame,
    coverage_frame,
    outcomes_frame,
    plot_coverage,
    plot_outcomes,
    reasons_frame,
)
from budgetkit.figures.standards import plot_standards, standards_frame
from budgetkit.figures.status_map import plot_status_map, status_counts_frame, status_map_frame
from budgetkit.figures.style import Picture

__all__ = [
    "Picture",
    "checks_frame",
    "composition_frame",
    "coverage_frame",
    "flow_frame",
    "outcomes_frame",
    "plot_composition",
    "plot_coverage",
    "plot_flow",
    "plot_outcomes",
    "plot_standards",
    "plot_status_map",
    "reasons_frame",
    "standards_frame",
    "status_counts_frame",
    "status_map_frame",
]
