"""The city that the credit benchmark works on: firms, a delivered file, and tables filled by the database itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
from psycopg import sql

from xinyidai.core.usci import synthetic
from xinyidai.credit.catalogue import catalogue

FIRMS = 61_357
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
AS_OF = date(2026, 11, 25)
LAST_MONTH = date(2026, 10, 1)
DATASET = "tax_monthly_summary"
FIGURES_A_LINE = 3
SCORED_METRICS = (2201, 2203, 2301, 2302, 2901, 2902, 3001, 3002, 3201, 4111)
"""Ten figures of each month: 24 months of them for every firm are 14.7 million."""
OTHER_METRICS = (
    2303, 2304, 2903, 2904, 2905, 2906, 3004, 3005, 3007, 3009, 3101, 3102, 3202, 3203, 3206, 3207, 3208,
    4002, 4003, 4007, 4008, 4012, 4013, 4113,
)  # fmt: skip
"""With these there are 34 figures of each month, 50 million in 24 months."""
_HEADER = "统一社会信用代码,统计时间,销售收入,免税销售收入,税额总额\n"
_LENDER = """
    insert into institutions (code, name, name_pinyin, kind, introduction, active, is_test, created_at)
    values ('bench', '示例银行', 'shili', 'bank', '', true, false, %(now)s) returning id
"""
_CONSENTS = """
    insert into consents (number, enterprise_id, institution_id, purpose, datasets, dataset_numbers, wording_version,
        valid_from, valid_until, given_at)
    select 'bench-' || e.usci, e.id, %(lender)s, 'financing', numbers::text[], numbers, '1', %(today)s,
        %(today)s::date + 300, %(now)s
    from enterprises e, lateral (
        select case when e.id = any(%(asked)s) then %(all)s::smallint[] else %(some)s::smallint[] end as numbers
    ) named
"""
_KEY = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'pk_credit_observations'"
_FILL = """
    insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)
    select m.metric, e.id, t.month::date, '', ((hashint8(e.n * 131 + m.metric + extract(month from t.month)::int)
        & 65535) + 1)::numeric / 100 * (1 + m.metric %% 7), 1, e.n
    from generate_series(%(first)s::date, %(last)s::date, interval '1 month') t(month)
    cross join unnest(%(metrics)s::smallint[]) with ordinality m(metric, position)
    cross join (select id, row_number() over (order by id)::int as n from enterprises) e
    order by t.month, m.position
"""


def add_firms(owner: psycopg.Connection, count: int = FIRMS) -> None:
    columns = sql.SQL("usci, subject_kind, name, name_pinyin, region_code, registry_confirmed, created_at, updated_at")
    with owner.cursor().copy(sql.SQL("copy enterprises ({}) from stdin").format(columns)) as copy:
        for number in range(1, count + 1):
            code = synthetic("370402", number)
            copy.write_row((code, "enterprise", f"示例企业{number}", f"shili {number}", "370402", True, NOW, NOW))
    owner.execute("analyze enterprises")


def add_lender(owner: psycopg.Connection, enterprises: list[UUID]) -> UUID:
    """A bank to which each of the enterprises has consented to show everything, and all others its basics."""
    row = owner.execute(_LENDER, {"now": NOW}).fetchone()
    assert row is not None  # noqa: S101 - it was just made
    numbers = [dataset.number for dataset in catalogue().datasets.values()]
    values = {"lender": row[0], "all": numbers, "some": numbers[:1], "asked": enterprises, "now": NOW, "today": AS_OF}
    owner.execute(_CONSENTS, values)
    owner.execute("vacuum analyze consents")
    lender: UUID = row[0]
    return lender


def month(back: int) -> date:
    index = LAST_MONTH.year * 12 + LAST_MONTH.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def write_delivery(path: Path, observations: int, firms: int = FIRMS) -> int:
    """A file of the tax office, three figures to a line, month by month; answers how many figures it holds."""
    months = max(1, -(-observations // (firms * FIGURES_A_LINE)))
    codes = [synthetic("370402", number) for number in range(1, firms + 1)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEADER)
        for back in range(months - 1, -1, -1):
            stream.writelines(_lines(codes, f"{month(back):%Y%m}", Random(back)))  # noqa: S311 - made-up figures
    return months * firms * FIGURES_A_LINE


def _lines(codes: list[str], period: str, random: Random) -> Iterator[str]:
    for code in codes:
        sales = random.randrange(10**7)
        yield f"{code},{period},{sales / 100:.2f},{sales // 1000},{sales * 3 // 100 / 100:.2f}\n"


def fill(owner: psycopg.Connection, metrics: tuple[int, ...], rows: int, firms: int = FIRMS) -> int:
    """Fill the table month after month, as deliveries come; answers how many rows it holds now.

    The key's index is built at the end: what is measured afterwards is reading.
    """
    months = min(24, max(1, rows // (firms * len(metrics))))
    partitions = [row[0] for row in owner.execute("select relid::regclass::text from pg_partition_tree("
        "'credit_observations') where isleaf")]  # fmt: skip
    for partition in partitions:  # nothing of this outlives the benchmark
        owner.execute(sql.SQL("alter table {} set unlogged").format(sql.Identifier(partition)))
    key = owner.execute(_KEY).fetchone()
    assert key is not None  # noqa: S101 - the migrations made it
    owner.execute("alter table credit_observations drop constraint pk_credit_observations")
    owner.execute(_FILL, {"first": month(months - 1), "last": month(0), "metrics": list(metrics)})
    owner.execute("set maintenance_work_mem = '1GB'")
    owner.execute(f"alter table credit_observations add constraint pk_credit_observations {key[0]}")
    owner.execute("vacuum analyze credit_observations")
    row = owner.execute("select count(*) from credit_observations").fetchone()
    assert row is not None  # noqa: S101 - a count always answers
    return int(row[0])
