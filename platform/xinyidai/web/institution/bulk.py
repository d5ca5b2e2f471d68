"""One act on several leads of the inbox: first shown, then done, each with its own result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _, ngettext
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import ListRequest
from xinyidai.core.validation import parse
from xinyidai.leads.bulk import MOST, RowOutcome, each_lead
from xinyidai.leads.clocks import ClockRules, rules_of
from xinyidai.leads.hand_over import HandOver, hand_over_lead
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.leads.types import RefusalReason
from xinyidai.lending.inbox import InboxFilter, InboxRow, LeadTab, inbox
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.desk import receivers, whole_form
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

Choices = list[tuple[str, str]]


class BulkAct(LabelledEnum):
    ACCEPT = "accept", N_("Take these leads")
    DECLINE = "decline", N_("Decline these leads")
    HAND_OVER = "hand_over", N_("Hand these leads over")


@dataclass(frozen=True, slots=True)
class BulkPage:
    title: str
    act: BulkAct
    leads: list[InboxRow]
    form: FormState
    reasons: Choices
    colleagues: Choices
    branches: Choices


@dataclass(frozen=True, slots=True)
class BulkResult:
    lead: InboxRow
    problem: str


@dataclass(frozen=True, slots=True)
class BulkDonePage:
    title: str
    results: list[BulkResult]
    done: int


def _ids(values: object) -> list[UUID]:
    """What is no id is nobody's: an address can be typed by hand."""
    found: list[UUID] = []
    for value in values if isinstance(values, list) else []:
        try:
            found.append(UUID(str(value)))
        except ValueError:
            continue
    return list(dict.fromkeys(found))[:MOST]


def _rows(session: ActorSession, ids: list[UUID], now: datetime) -> list[InboxRow]:
    chosen = InboxFilter(tab=LeadTab.ALL, only=tuple(ids))
    return inbox(session, ListRequest(size=MOST), chosen, business_date(now)).rows if ids else []


def _page(
    session: ActorSession, actor: Actor, act: BulkAct, ids: list[UUID], now: datetime, form: FormState
) -> BulkPage:
    people, places = receivers(session, actor)
    return BulkPage(act.label, act, _rows(session, ids, now), form, RefusalReason.choices(), people, places)


@get("/institution/leads/bulk", allow=INSTITUTION, sync_to_thread=True)
def choose(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    """What is to be done with the ticked leads, to be looked at once more. Nothing happens by looking."""
    ids = _ids(request.query_params.getall("ids", []))
    wanted = request.query_params.get("act", "")
    if not ids or wanted not in set(BulkAct):
        return redirect("/institution/leads", level="warning", flash=_("Please tick at least one lead."))
    return render(request, "institution/leads/bulk.html", _page(session, actor, BulkAct(wanted), ids, now, FormState()))


@post("/institution/leads/bulk", allow=INSTITUTION, sync_to_thread=True)
def carry_out(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    typed = texts(data, lists=("ids",))
    ids, wanted = _ids(typed["ids"]), str(typed.get("act", ""))
    if not ids or wanted not in set(BulkAct):
        return redirect("/institution/leads", level="warning", flash=_("Please tick at least one lead."))
    act = BulkAct(wanted)
    try:
        one = _act(session, actor, act, typed, now, rules_of(settings))
    except InvalidInput as error:
        page = _page(session, actor, act, ids, now, refused(typed, whole_form(error.fields)))
        return render(request, "institution/leads/bulk.html", page, status=422)
    outcomes = each_lead(session, ids, one)
    if all(outcome.ok for outcome in outcomes):
        return redirect(
            "/institution/leads",
            flash=ngettext("Done for %(count)s lead.", "Done for %(count)s leads.", len(outcomes), count=len(outcomes)),
        )
    results, count = _results(session, outcomes, now), sum(outcome.ok for outcome in outcomes)
    done = BulkDonePage(_("What became of each lead"), results, count)
    return render(request, "institution/leads/bulk_done.html", done, status=409)


def _act(
    session: ActorSession, actor: Actor, act: BulkAct, typed: dict[str, object], now: datetime, rules: ClockRules
) -> Callable[[UUID], object]:
    """What is done to each. Raises InvalidInput where the form lacks what the act needs."""
    if act is BulkAct.ACCEPT:
        return lambda lead_id: accept_lead(session, actor, lead_id, now, rules=rules)
    if act is BulkAct.DECLINE:
        refusal = parse(RefuseLead, typed)
        return lambda lead_id: decline_lead(session, actor, lead_id, refusal, now)
    command = parse(HandOver, typed)
    return lambda lead_id: hand_over_lead(session, actor, lead_id, command, now)


def _results(session: ActorSession, outcomes: list[RowOutcome], now: datetime) -> list[BulkResult]:
    """Leads that are not this institution's are left out: nothing is said of them."""
    rows = {row.id: row for row in _rows(session, [outcome.lead_id for outcome in outcomes], now)}
    return [BulkResult(rows[one.lead_id], one.problem) for one in outcomes if one.lead_id in rows]


ROUTES = [choose, carry_out]
