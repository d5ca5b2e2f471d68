"""The whole of the demo city's credit data, from the hidden state to what stands in the tables."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.demo.credit.courier import Courier
from xinyidai.demo.credit.economy import make_economy
from xinyidai.demo.credit.monthly import all_monthly
from xinyidai.demo.credit.records import all_records, record_files
from xinyidai.demo.credit.returns import tax_files
from xinyidai.demo.credit.subjects import Desk
from xinyidai.demo.credit.timetable import consignments
from xinyidai.demo.credit.yearly import all_yearly
from xinyidai.demo.firms import Firm


def load_credit(
    bind: Engine | Connection,
    seed: int,
    firms: list[Firm],
    clerks: Mapping[str, Actor],
    opened: datetime,
    now: datetime,
    tell: Callable[[int, int], None],
) -> None:
    """Deliver everything that is known of ``firms``, who are in the register already; ``tell`` hears files and all."""
    today = business_date(now)
    economy = make_economy(seed, firms, today)
    desk = Desk(business_date(opened), today)
    files = [
        *consignments(all_monthly(economy), all_yearly(economy, today), economy, opened, now),
        *tax_files(economy, opened, now),
        *record_files(all_records(economy, desk), desk, opened, now),
    ]
    Courier(bind, clerks, firms[0].area).bring(files, tell)
