"""The enterprise decides whether lenders may find it, and sees who invited it."""

from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.leads.screening.invitations import INVITE_AGAIN_DAYS, Invitation, invitations_of
from xinyidai.leads.screening.models import ScreeningOpening
from xinyidai.leads.screening.openings import close_to_lenders, current_opening, decisions, open_to_lenders
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.enterprise.needs import own_enterprise
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request

HERE = "/enterprise/screening"


@dataclass(frozen=True, slots=True)
class ScreeningPage:
    """``opening`` is the decision in force; None: no lender finds this enterprise."""

    title: str
    opening: ScreeningOpening | None
    decisions: list[ScreeningOpening]
    invitations: Listing[Invitation]
    again_days: int = INVITE_AGAIN_DAYS


@get(HERE, allow=ENTERPRISE, sync_to_thread=True)
def screening(request: Request, session: Session, actor: CurrentActor, page: FromQuery[str] = "1") -> Template:
    enterprise_id = own_enterprise(actor)
    shown = ScreeningPage(
        title=_("Be found by lenders"),
        opening=current_opening(session, enterprise_id),
        decisions=decisions(session, enterprise_id),
        invitations=invitations_of(session, enterprise_id, list_request(page, "", "")),
    )
    return render(request, "enterprise/screening.html", shown)


@post(f"{HERE}/open", allow=ENTERPRISE, sync_to_thread=True)
def be_found(session: Session, actor: CurrentActor, now: Now) -> Redirect:
    open_to_lenders(session, actor, now)
    return redirect(HERE, flash=_("Lenders can find your enterprise from now on. You can stop it here at any time."))


@post(f"{HERE}/close", allow=ENTERPRISE, sync_to_thread=True)
def be_hidden(session: Session, actor: CurrentActor, now: Now) -> Redirect:
    close_to_lenders(session, actor, now)
    return redirect(HERE, flash=_("No lender finds your enterprise any more. Applications under way go on."))


ROUTES = [screening, be_found, be_hidden]
