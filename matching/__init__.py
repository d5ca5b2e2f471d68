"""The ranking engine of Xin Yi Dai: facts in, ranked and explained products out.

A library of its own: no SQL, no clock, no web. The whole public interface:

Tables
    ``NeedTable.from_records(records, rejected=None)`` and
    ``ProductTable.from_records(records, rejected=None)`` take lists of dicts shaped as the
    contract's JSON (see below). A malformed record is left out and named in the list
    `rejected`; without such a list ``InvalidRecords`` is raised, whose ``errors`` are
    ``RecordError(file, line, field, reason)``, `line` being the place in the list from 1.
    ``needs.need(row)`` gives one ``Need`` back, ``needs.take(rows)`` a smaller table;
    ``products.products`` are ``Product`` objects.

Ranking
    ``rank(needs, products, top=10, weights=None)`` → ``RankResult``: columns ``need``,
    ``product`` (positions), ``rank``, ``verdict``, ``score``, ``contributions``, and
    ``.records()``: ``{"need", "product", "rank", "verdict", "score", "contributions": {...},
    "unknown": [facts], "neutral": [components]}``. ``.rejected`` names needs that these products
    cannot be asked about, because a fact is of another kind than their criteria ask for.

Explaining
    ``explain(needs, products, weights=None)`` → ``Explanation`` with ``.records()`` (or
    ``.iter_records()``, lazily): every pair with ``verdict``, ``failed`` (each ``{"fact", "op",
    "value", "actual"}``), ``unknown``, ``score``, ``contributions``, ``neutral``.

Counterfactuals
    ``nearest(needs, products, top=3)`` → ``Nearest`` with ``.records()``: for each need the closed
    products that the fewest and smallest changes would open: ``{"need", "product", "rank",
    "changes": [{"fact", "from", "to", "by", "size", "words": {"en", "zh"}}], "size", "verdict",
    "unknown", "score"}``, verdict and score being those after the changes. What may be proposed is
    dated data, ``parameters/changes-*.json``.

When a product changes
    ``affected(needs, old, new)`` → positions of the needs to which a product of these tables is
    open; ``rerank(needs.take(rows), products, changed, top)`` → what `rank` would give with the
    changed products in place, without compiling the others again; ``products.replaced(changed)``.
    When facts change: ``moved(before, after, products)`` → positions of the needs whose list may differ.

Stored runs
    ``freeze(result, top, as_of)`` → a JSON-able dict with all inputs, the weights version and the
    output; ``replay(run)`` → its bytes worked out anew, to be equal to ``run_bytes(run)``.

Back-test
    ``backtest(draft, needs, funded)`` → ``Backtest``: reach of a draft product, who funded those
    needs, and for each criterion `failed`, `unknown`, `alone` (would be reached without it),
    `before` and `after` (reach criterion by criterion); ``.record()`` for JSON.

Criteria
    ``check_criteria(criteria, kinds=None)`` → ``list[FieldError(field, reason)]``: all that is
    wrong with ONE product's raw list of criteria, ``[]`` where nothing is. `kinds` optionally
    gives the kind of each catalogued fact. ``check_product(record)`` does so for a whole product.

Weights
    ``WEIGHTS_VERSION`` (a date as text) and ``current_weights_version()`` tell the current
    version, ``weights_versions()`` all, ``load_weights(version)`` reads one. ``weights.reasons``
    says of each component why it weighs what it does, ``weights.maximum(component)`` how much.

A product may leave `decision_days` out (or null), and may carry
``"institution_record": {"received": 40, "answered": 36, "approved": 20, "median_days": 4}``:
needs its institution received, answered and approved so far, and the median days to its answer
(`median_days` may be null). Without it the components that rest on it are neutral and named.
"""

from matching.backtest import Backtest, CriterionCost, backtest
from matching.changes import Change, changes_versions, load_changes
from matching.checks import Problems
from matching.criteria import check_criteria
from matching.engine import rank
from matching.errors import FieldError, InvalidRecords, RecordError
from matching.explaining import Explanation, explain
from matching.nearest import Nearest, nearest
from matching.parse import parse_product
from matching.records import Criterion, InstitutionRecord, Kind, Need, Product, Range, Verdict
from matching.replay import freeze, replay, run_bytes
from matching.results import RankResult
from matching.tables import NeedTable, ProductTable
from matching.updates import affected, moved, rerank
from matching.weights import (
    COMPONENTS,
    WEIGHTS_VERSION,
    Weights,
    current_weights_version,
    load_weights,
    weights_versions,
)

__all__ = [
    "COMPONENTS",
    "WEIGHTS_VERSION",
    "Backtest",
    "Change",
    "Criterion",
    "CriterionCost",
    "Explanation",
    "FieldError",
    "InstitutionRecord",
    "InvalidRecords",
    "Kind",
    "Nearest",
    "Need",
    "NeedTable",
    "Product",
    "ProductTable",
    "Range",
    "RankResult",
    "RecordError",
    "Verdict",
    "Weights",
    "affected",
    "backtest",
    "changes_versions",
    "check_criteria",
    "check_product",
    "current_weights_version",
    "explain",
    "freeze",
    "load_changes",
    "load_weights",
    "moved",
    "nearest",
    "rank",
    "replay",
    "rerank",
    "run_bytes",
    "weights_versions",
]


def check_product(record: object) -> list[FieldError]:
    """Every problem of one raw product record, an empty list where there is none."""
    problems: Problems = []
    parse_product(record, problems)
    return problems
