"""The writing side of monthly figures: staged chunks are laid over what is known, all in the caller's transaction.

New keys are inserted in the order of the key. Where a key is taken, the newest batch wins and both claims are kept:
a differing older figure steps back into the claims, an equal newer one is noted there as a confirmation.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from psycopg import errors
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import SmallInteger
from sqlmodel import Session

from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.intake.driver import joined_by_probes
from xinyidai.credit.intake.rejects import LineReject, RejectWriter, superseded
from xinyidai.credit.intake.staging import Chunk
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.types import Unit

_SUSPICIOUS = Decimal(1_000)
"""A median so many times that of earlier deliveries smells of 万元 for 元, or the other way round."""
_ENOUGH_TO_JUDGE = 30

# The chunk's place in the staging table spares an index on it; ``{figure}`` is one of its columns.
_STAGED = """
    select cast(:metric as smallint) as metric, enterprise_id, month, part, {figure} as value, line
    from credit_staged_lines s
    where {figure} is not null
        and chunk = :chunk and s.ctid >= cast(:first as tid) and s.ctid < cast(:beyond_tid as tid)
"""
_FRESH = f"""
    insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)
    select metric, enterprise_id, month, part, value, :batch, line from ({_STAGED}) staged
"""  # noqa: S608 - constants
_MERGE = f"""
    with staged as ({_STAGED}), incoming as materialized (
        select s.*, o.value as old_value, o.batch as old_batch, o.line as old_line
        from staged s
        left join credit_observations o
            on o.enterprise_id = s.enterprise_id and o.month = s.month and o.part = s.part
            and o.metric = cast(:metric as smallint)
    ), fresh as (
        insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)
        select metric, enterprise_id, month, part, value, :batch, line from incoming where old_batch is null
        returning month
    ), claims as (
        insert into credit_observation_claims (metric, enterprise_id, month, part, value, batch, line)
        select metric, enterprise_id, month, part, old_value, old_batch, old_line
        from incoming where old_batch <> :batch and value <> old_value
        union all
        select metric, enterprise_id, month, part, value, :batch, line
        from incoming where old_batch <> :batch and value = old_value
    ), changed as (
        update credit_observations o set value = i.value, batch = :batch, line = i.line
        from incoming i
        where o.metric = cast(:metric as smallint)
            and o.enterprise_id = i.enterprise_id and o.month = i.month and o.part = i.part
            and (i.old_batch = :batch or i.value <> i.old_value)
    )
    select 'fresh' as what, month, count(*) as figures, null::int as line, null::int as later
    from fresh group by month
    union all
    select case when value = old_value then 'confirmed' else 'changed' end, null, count(*), null, null
    from incoming where old_batch <> :batch group by value = old_value
    union all
    select 'repeated', null, null, old_line, max(line) from incoming where old_batch = :batch group by old_line
"""  # noqa: S608 - constants
_COUNT_MONTHS = text(
    "insert into credit_metric_months (metric, month, figures) values (:metric, :month, :figures)"
    " on conflict (metric, month) do update set figures = credit_metric_months.figures + excluded.figures"
)
_TAKEN_MONTHS = text(
    "select metric, month from credit_metric_months where metric = any(:metrics) and figures > 0"
).bindparams(bindparam("metrics", type_=ARRAY(SmallInteger)))
_MEDIANS = f"""
    with given as (
        select count(*), percentile_cont(0.5) within group (order by abs(value)) as median
        from ({_STAGED}) staged where value <> 0
    )
    select g.*, k.* from given g cross join lateral (
        select count(*) as known_count, percentile_cont(0.5) within group (order by abs(value)) as known
        from (
            select value from credit_observations where metric = cast(:metric as smallint) and value <> 0 limit 2000
        ) sample
    ) k
"""  # noqa: S608 - constants


def _of_column(statement: str, position: int) -> TextClause:
    return text(statement.format(figure=f"v{position}"))


@dataclass(slots=True)
class FigureTally:
    lines: int = 0
    new: int = 0
    changed: int = 0
    confirmed: int = 0
    fresh_months: Counter[date] = field(default_factory=Counter)


class FigureMerger:
    """Writes staged chunks under one batch."""

    def __init__(
        self, session: Session, batch: CreditBatch, dataset: Dataset, rejects: RejectWriter, *, units_confirmed: bool
    ) -> None:
        self._session, self._batch, self._dataset, self._rejects = session, batch, dataset, rejects
        self._check_units = not units_confirmed
        self.tally = FigureTally()
        self._months: Counter[tuple[int, date]] = Counter()
        connection = session.connection()
        numbers = [metric.number for metric in dataset.metrics]
        self._taken = {(row[0], row[1]) for row in connection.execute(_TAKEN_MONTHS, {"metrics": numbers})}

    def merge(self, chunk: Chunk) -> None:
        self.tally.lines += chunk.lines
        self._rejects.write(chunk.rejects)
        if not chunk.figures:
            return
        if self._check_units:
            self._refuse_other_unit(chunk)
            self._check_units = False
        if not self._insert_fresh(chunk):
            self._merge_with_care(chunk)

    def finish(self) -> None:
        rows = [{"metric": key[0], "month": key[1], "figures": count} for key, count in sorted(self._months.items())]
        if rows:
            self._session.connection().execute(_COUNT_MONTHS, rows)

    def _insert_fresh(self, chunk: Chunk) -> bool:
        """The short way for months that nobody has delivered yet: nothing can be in the way but the file itself."""
        connection = self._session.connection()
        if not self._taken.isdisjoint(chunk.months):
            return False
        try:
            with connection.begin_nested():
                written = sum(
                    connection.execute(_of_column(_FRESH, position), self._values(chunk, metric)).rowcount
                    for metric, position in sorted(chunk.columns.items())
                )
        except IntegrityError as error:
            if not isinstance(error.orig, errors.UniqueViolation):
                raise
            return False  # the file repeats a record of an earlier chunk
        if written != chunk.figures:
            raise RuntimeError(f"chunk {chunk.number}: {chunk.figures} figures staged, {written} written")
        self._count_fresh((metric, month, count) for (metric, month), count in chunk.months.items())
        return True

    def _values(self, chunk: Chunk, metric: int) -> dict[str, object]:
        place = chunk.place
        return {
            "metric": metric,
            "batch": self._batch.number,
            "chunk": place["chunk"],
            "first": place["first"],
            "beyond_tid": place["beyond"],
        }

    def _count_fresh(self, months: Iterable[tuple[int, date, int]]) -> None:
        for metric, month, count in months:
            self._months[metric, month] += count
            self.tally.new += count
            self.tally.fresh_months[month] += count

    def _merge_with_care(self, chunk: Chunk) -> None:
        repeated: dict[int, LineReject] = {}
        with joined_by_probes(self._session):
            for metric, position in sorted(chunk.columns.items()):
                found = self._session.connection().execute(_of_column(_MERGE, position), self._values(chunk, metric))
                for what, month, figures, line, later in found:
                    if what == "fresh":
                        self._count_fresh([(metric, month, figures)])
                    elif what == "changed":
                        self.tally.changed += figures
                    elif what == "confirmed":
                        self.tally.confirmed += figures
                    else:
                        repeated.setdefault(line, superseded(line, later))
        self._rejects.write(list(repeated.values()))

    def _refuse_other_unit(self, chunk: Chunk) -> None:
        """万元 delivered as 元 would pass every other check: compare the size of the figures with earlier ones."""
        money = {one.number for one in self._dataset.metrics if one.stored_unit is Unit.YUAN}
        for metric, position in sorted(chunk.columns.items()):
            if metric not in money:
                continue
            values = self._values(chunk, metric)
            count, median, known_count, known = (
                self._session.connection().execute(_of_column(_MEDIANS, position), values).one()
            )
            if min(count, known_count) < _ENOUGH_TO_JUDGE or not median or not known:
                continue
            times = Decimal(str(median)) / Decimal(str(known))
            if 1 / _SUSPICIOUS < times < _SUSPICIOUS:
                continue
            raise FileProblem(
                N_("The figures of “%(field)s” are typically %(times)s times those delivered so far. Please check"
                   " whether they are in yuan or in 10,000 yuan, and say so in the column title."),
                field=catalogue().metrics[metric].field.name_zh,
                times=f"{times:.0f}" if times > 1 else f"1/{1 / times:.0f}",
            )  # fmt: skip
