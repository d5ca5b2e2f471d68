"""Rankings of all needs: how the last ones went, how far the one under way has come, and the button for one more."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Role
from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.leads.full_rerank import ask_for_rerank, can_ask_for_rerank
from xinyidai.leads.rerank_queries import RerankLine, list_reruns, rerun, rerun_under_way
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response

ASKERS = frozenset({Role.OFFICE_STAFF, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class RankingsPage:
    title: str
    listing: Listing[RerankLine]
    under_way: RerankLine | None
    may_ask: bool


@dataclass(frozen=True, slots=True)
class ProgressPage:
    title: str
    run: RerankLine


@get("/office/rankings", allow=OFFICE, sync_to_thread=True)
def rankings(
    request: Request, session: Session, actor: CurrentActor, page: FromQuery[str] = "1", sort: FromQuery[str] = ""
) -> Template:
    found = RankingsPage(
        title=_("Rankings of all needs"),
        listing=list_reruns(session, list_request(page, sort, "")),
        under_way=rerun_under_way(session),
        may_ask=can_ask_for_rerank(actor),
    )
    return render(request, "office/rankings/list.html", found)


@get("/office/rankings/export", allow=OFFICE, sync_to_thread=True)
def export(session: Session, sort: FromQuery[str] = "") -> Response:
    listing = list_reruns(session, list_request("1", sort, "", size=EXPORT_LIMIT))
    header = (
        _("Begun"),
        _("Ended"),
        _("Asked for by"),
        _("Needs"),
        _("Dealt with"),
        _("Ranked anew"),
        _("Lists changed"),
        _("Nothing new"),
        _("Left alone"),
        _("Not ranked"),
    )
    rows = (
        (
            one.started_at,
            one.finished_at or one.given_up_at,
            _("every night") if one.nightly else one.asked_by,
            one.needs,
            one.done,
            one.ranked,
            one.changed,
            one.unchanged,
            one.skipped,
            one.failed,
        )
        for one in listing.rows
    )
    return csv_answer(_("Rankings of all needs"), header, rows)


@post("/office/rankings", allow=ASKERS, sync_to_thread=True)
def rank_all_again(session: Session, actor: CurrentActor, now: Now) -> Redirect:
    try:
        run = ask_for_rerank(session, actor, now)
    except Conflict as refused:
        return redirect("/office/rankings", level="info", flash=refused.message)
    message = _("%(needs)s needs are being ranked again. You can leave this page.", needs=run.needs)
    return redirect("/office/rankings", flash=message)


@get("/office/rankings/{run_id:uuid}/progress", allow=OFFICE, sync_to_thread=True)
def progress(request: Request, session: Session, run_id: FromPath[UUID]) -> Template:
    """The bar alone, which asks for itself again until the run is over."""
    return render(request, "office/rankings/progress.html", ProgressPage("", rerun(session, run_id)))


ROUTES = [rankings, export, rank_all_again, progress]
