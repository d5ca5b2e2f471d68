"""What a draft product would have reached among the needs of a period, and what each criterion costs in reach."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.axes import UNKNOWN_KEY
from matching.blocks import Keyring
from matching.columns import Index, Mask
from matching.compiled import Compiled, compiled
from matching.records import Criterion, plain
from matching.tables import NeedTable, ProductTable
from matching.weights import load_weights


@dataclass(frozen=True)
class CriterionCost:
    """One criterion's part in the reach, in numbers of needs.

    `failed` fail it, whatever else they fail; `unknown` cannot be asked; `alone`
    fail nothing else, so that they would be reached without it. `before` and
    `after` are the reach with only the criteria before it, and with it too, in
    the product's order.
    """

    criterion: Criterion
    failed: int
    unknown: int
    alone: int
    before: int
    after: int

    def record(self) -> dict[str, Any]:
        one = self.criterion
        asked = {"fact": one.fact, "op": one.op, "value": plain(one.value), "builtin": one.builtin}
        counts = {name: getattr(self, name) for name in ("failed", "unknown", "alone", "before", "after")}
        return asked | counts


@dataclass(frozen=True, eq=False)
class Backtest:
    """`eligible` and `conditional` are positions in the table of needs; together they are the reach.

    `funded` counts reached needs by the institution that funded them, `funded_needs` each need once.
    """

    needs: int
    eligible: Index
    conditional: Index
    criteria: tuple[CriterionCost, ...]
    funded: Mapping[str, int]
    funded_needs: int

    @property
    def reach(self) -> int:
        return len(self.eligible) + len(self.conditional)

    def record(self) -> dict[str, Any]:
        """Plain numbers, as JSON would write them; criteria in the product's order."""
        return {
            "needs": self.needs,
            "reach": self.reach,
            "eligible": len(self.eligible),
            "conditional": len(self.conditional),
            "funded_needs": self.funded_needs,
            "funded": dict(self.funded),
            "criteria": [cost.record() for cost in self.criteria],
        }


def backtest(
    draft: Mapping[str, object], needs: NeedTable, funded: Mapping[str, Collection[str]] | None = None
) -> Backtest:
    """Ask every need of a period about a draft product, given as a raw record.

    `funded` says which institutions funded a need, by need id. Raises
    InvalidRecords for a malformed draft. A need of which a fact is of another
    kind than the draft asks for is not reached; it fails that criterion.
    """
    table = ProductTable.from_records([draft], source="draft")
    form = compiled(table, load_weights())
    failed, unknown = _outcomes(needs, form, table)
    failures = failed.sum(axis=1)
    open_ = failures == 0
    wanting = unknown.any(axis=1)
    reached = np.flatnonzero(open_)
    by: Counter[str] = Counter()
    funders = [set((funded or {}).get(needs.ids[row], ())) for row in reached.tolist()]
    for institutions in funders:
        by.update(institutions)
    return Backtest(
        needs=len(needs),
        eligible=np.flatnonzero(open_ & ~wanting),
        conditional=np.flatnonzero(open_ & wanting),
        criteria=_costs(form, failed, unknown, failures),
        funded=dict(sorted(by.items(), key=lambda item: (-item[1], item[0]))),
        funded_needs=sum(map(bool, funders)),
    )


def _outcomes(needs: NeedTable, form: Compiled, table: ProductTable) -> tuple[Mask, Mask]:
    """Which needs (first axis) fail which criteria (second), and of which they are unknown."""
    keyring = Keyring(needs, form)
    everyone = slice(0, len(needs))
    failed = np.zeros((len(needs), len(form.stated[0])), bool)
    unknown = np.zeros_like(failed)
    for column, (at, number) in enumerate(form.stated[0]):
        keys = keyring.keys(at, everyone)
        unknown[:, column] = keys == UNKNOWN_KEY
        distinct, inverse = np.unique(keys, return_inverse=True)
        known = distinct != UNKNOWN_KEY
        passes = np.ones(len(distinct), bool)
        if known.any():
            passes[known] = form.plans[at].axis.outcomes(distinct[known])[:, number]
        failed[:, column] = ~passes[inverse]
        plan = form.plans[at]
        for (name, kind), other in needs.facts.items():
            if not plan.builtin and name == plan.name and kind != table.kinds[name]:
                failed[other.known(), column] = True
                unknown[other.known(), column] = False
    return failed, unknown


def _costs(form: Compiled, failed: Mask, unknown: Mask, failures: Index) -> tuple[CriterionCost, ...]:
    costs = []
    left = np.ones(len(failed), bool)
    for column, (at, number) in enumerate(form.stated[0]):
        before = int(left.sum())
        left &= ~failed[:, column]
        costs.append(
            CriterionCost(
                criterion=form.plans[at].criteria[number],
                failed=int(failed[:, column].sum()),
                unknown=int(unknown[:, column].sum()),
                alone=int((failed[:, column] & (failures == 1)).sum()),
                before=before,
                after=int(left.sum()),
            )
        )
    return tuple(costs)
