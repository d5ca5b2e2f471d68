"""Payouts that wait for a second person, and what the institution stands in for as guarantor."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Role
from xinyidai.core.db import attempt
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.core.validation import parse
from xinyidai.lending.commands import RejectPayout
from xinyidai.lending.ledger import ProposalRow, waiting_payouts
from xinyidai.lending.risk_queries import Exposure, exposures, guaranteed_today
from xinyidai.lending.services import confirm_payout, reject_payout
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION, MANAGER
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

WAITING = "/institution/payouts/waiting"


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """``me`` is the reader: nobody confirms what they have recorded themselves."""

    title: str
    rows: list[ProposalRow]
    me: UUID | None
    is_manager: bool
    form: FormState


def _waiting_page(session: Session, actor: CurrentActor, form: FormState) -> WaitingPage:
    is_manager = actor.role is Role.INSTITUTION_MANAGER
    return WaitingPage(_("Payouts to confirm"), waiting_payouts(session), actor.user_id, is_manager, form)


@get("/institution/payouts/waiting", allow=INSTITUTION, sync_to_thread=True)
def waiting(request: Request, session: Session, actor: CurrentActor) -> Template:
    return render(request, "institution/credit_lines/waiting.html", _waiting_page(session, actor, FormState()))


@post("/institution/payouts/waiting/{proposal_id:uuid}/confirm", allow=MANAGER, sync_to_thread=True)
def confirm(
    request: Request, session: Session, actor: CurrentActor, now: Now, proposal_id: FromPath[UUID]
) -> Template | Redirect:
    with attempt(session) as outcome:
        confirm_payout(session, actor, proposal_id, now)
    if not outcome.ok:
        # What was possible when it was recorded is not any more: the line has been used otherwise.
        page = _waiting_page(session, actor, FormState({}, {"": next(iter(outcome.errors.values()))}))
        return render(request, "institution/credit_lines/waiting.html", page, status=422)
    return redirect(WAITING, flash=_("The payout is confirmed and counts now."))


@post("/institution/payouts/waiting/{proposal_id:uuid}/reject", allow=INSTITUTION, sync_to_thread=True)
def reject(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, proposal_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        reject_payout(session, actor, proposal_id, parse(RejectPayout, typed), now)
    if not outcome.ok:
        page = _waiting_page(session, actor, refused(typed, outcome.errors))
        return render(request, "institution/credit_lines/waiting.html", page, status=422)
    return redirect(WAITING, flash=_("The payout is not recorded; whoever proposed it is told why."))


@dataclass(frozen=True, slots=True)
class GuaranteesPage:
    title: str
    listing: Listing[Exposure]
    total: Decimal


@get("/institution/guarantees", allow=INSTITUTION, sync_to_thread=True)
def guarantees(request: Request, session: Session, page: FromQuery[str] = "1") -> Template:
    listing = exposures(session, list_request(page, "", ""))
    shown = GuaranteesPage(_("Our guarantees"), listing, guaranteed_today(session))
    return render(request, "institution/guarantees.html", shown)


ROUTES = [waiting, confirm, reject, guarantees]
