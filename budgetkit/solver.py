"""The linear solver (HiGHS), for proposals only: whatever it says is verified exactly elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Model", "Solution", "solve"]

#: Beyond this a bound is none.
INFINITE = float("inf")
_MOST_NODES = 500  # ends the same on every machine, which the time limit does not


@dataclass(slots=True)
class Model:
    """A linear programme to be minimised, with whole-number columns where `whole` says so."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_low: list[float] = field(default_factory=list)
    row_high: list[float] = field(default_factory=list)
    rows: list[dict[int, float]] = field(default_factory=list)

    def add_column(self, cost: float, low: float, high: float, whole: bool = False) -> int:
        """A new column; its index comes back."""
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def add_row(self, low: float, terms: dict[int, float], high: float) -> None:
        """low ≤ Σ factor · column ≤ high."""
        self.row_low.append(low)
        self.row_high.append(high)
        self.rows.append(terms)


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solver found: status optimal, infeasible or unknown, with values and row duals."""

    status: str
    objective: float = 0.0
    values: Sequence[float] = ()
    duals: Sequence[float] = ()
    iterations: int = 0
    """How many steps the solver took: the same on every machine, unlike its time."""


def solve(model: Model, seconds: float) -> Solution:
    """Solves a model within a time limit, always the same way for the same model."""
    import highspy
    import numpy as np

    class Quiet(highspy.Highs):
        """Registering callbacks prints a banner on stdout, where other programs read JSON."""

        def enableCallbacks(self) -> None:
            pass

    highs = Quiet()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_max_nodes", _MOST_NODES)
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("mip_rel_gap", 0.0)
    program = highspy.HighsLp()
    program.num_col_ = len(model.cost)
    program.num_row_ = len(model.rows)
    program.col_cost_ = np.array(model.cost, dtype=np.float64)
    program.col_lower_ = np.array(model.low, dtype=np.float64)
    program.col_upper_ = np.array(model.high, dtype=np.float64)
    program.row_lower_ = np.array(model.row_low, dtype=np.float64)
    program.row_upper_ = np.array(model.row_high, dtype=np.float64)
    starts = [0]
    index: list[int] = []
    factors: list[float] = []
    for terms in model.rows:
        index.extend(terms.keys())
        factors.extend(terms.values())
        starts.append(len(index))
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    program.a_matrix_.index_ = np.array(index, dtype=np.int32)
    program.a_matrix_.value_ = np.array(factors, dtype=np.float64)
    if any(model.whole):
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in model.whole]
    highs.passModel(program)
    highs.run()
    status = highs.getModelStatus()
    iterations = int(highs.getInfo().simplex_iteration_count)
    if status == highspy.HighsModelStatus.kOptimal:
        found = highs.getSolution()
        return Solution(
            "optimal",
            float(highs.getInfo().objective_function_value),
            list(found.col_value),
            list(found.row_dual),
            iterations,
        )
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solution("infeasible", iterations=iterations)
    return Solution("unknown", iterations=iterations)
