"""Loans in force: what is owed and overdue, who bears the risk; and payouts that look like one loan told twice."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import attempt
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.core.validation import parse
from xinyidai.lending.commands import DecideDuplicate, SetPoolRule
from xinyidai.lending.services import decide_duplicate, set_pool_rule
from xinyidai.lending.types import DuplicateVerdict
from xinyidai.statistics.queries.duplicates import Pair, PairState, count_pairs, pairs
from xinyidai.statistics.queries.loans import Loans, loans
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

_MAY_WRITE = (Role.OFFICE_STAFF, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class LoansPage:
    """``suspicions``: pairs of payouts that nobody has decided about."""

    title: str
    loans: Loans
    suspicions: int
    today: date
    may_write: bool
    form: FormState


def _loans_page(session: Session, actor: CurrentActor, today: date, form: FormState) -> LoansPage:
    suspicions = count_pairs(session, PairState.OPEN)
    return LoansPage(_("Loans in force"), loans(session), suspicions, today, actor.role in _MAY_WRITE, form)


@get("/office/loans", allow=OFFICE, sync_to_thread=True)
def in_force(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    today = business_date(now)
    page = _loans_page(session, actor, today, FormState({"valid_from": today, "ratio_cap": 30}))
    return render(request, "office/loans/show.html", page)


@get("/office/loans/pools", allow=OFFICE, sync_to_thread=False)
def pools_of() -> Redirect:
    """Where a refused form is reloaded by hand."""
    return redirect("/office/loans")


@post("/office/loans/pools", allow=OFFICE, sync_to_thread=True)
def set_pool(request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        set_pool_rule(session, actor, parse(SetPoolRule, typed), now)
    if not outcome.ok:
        page = _loans_page(session, actor, business_date(now), refused(typed, outcome.errors))
        return render(request, "office/loans/show.html", page, status=422)
    return redirect("/office/loans", flash=_("The rule of the pool is recorded."))


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """``first`` and ``second`` are the payouts of the decision that was refused, where one was."""

    title: str
    listing: Listing[Pair]
    show: PairState
    states: list[tuple[PairState, int]]
    verdicts: list[tuple[str, str]]
    may_write: bool
    form: FormState
    first: UUID | None = None
    second: UUID | None = None


def _duplicates_page(
    session: Session, actor: CurrentActor, show: str, page: str, form: FormState, pair: tuple[UUID, UUID] | None = None
) -> DuplicatesPage:
    state = PairState(show) if show in set(PairState) else PairState.OPEN
    found = pairs(session, state, list_request(page, "", ""))
    return DuplicatesPage(
        title=_("Payouts reported twice?"),
        listing=found.listing,
        show=state,
        states=list(found.counts.items()),
        verdicts=DuplicateVerdict.choices(),
        may_write=actor.role in _MAY_WRITE,
        form=form,
        first=pair[0] if pair else None,
        second=pair[1] if pair else None,
    )


@get("/office/duplicates", allow=OFFICE, sync_to_thread=True)
def duplicates(
    request: Request, session: Session, actor: CurrentActor, show: FromQuery[str] = "", page: FromQuery[str] = "1"
) -> Template:
    shown = _duplicates_page(session, actor, show, page, FormState())
    return render(request, "office/loans/duplicates.html", shown)


@post("/office/duplicates/{first:uuid}/{second:uuid}", allow=OFFICE, sync_to_thread=True)
def decide(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    now: Now,
    first: FromPath[UUID],
    second: FromPath[UUID],
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        decision = decide_duplicate(session, actor, first, second, parse(DecideDuplicate, typed), now)
    if not outcome.ok:
        page = _duplicates_page(session, actor, "", "1", refused(typed, outcome.errors), (first, second))
        return render(request, "office/loans/duplicates.html", page, status=422)
    if decision.verdict == DuplicateVerdict.SAME.value:
        return redirect("/office/duplicates", flash=_("Both institutions are told. One of them must reverse its row."))
    return redirect("/office/duplicates", flash=_("Your decision is recorded: two different loans."))


ROUTES = [in_force, pools_of, set_pool, duplicates, decide]
