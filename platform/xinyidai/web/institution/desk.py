"""Work on one lead between taking it and the offer: contact, papers, notes, handing over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.institutions.branches import branch_tree, colleagues
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.hand_over import HandOver, WriteNote, hand_over_lead, write_note
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.types import CLOSED, LeadStatus
from xinyidai.lending.lead_page import LeadSheet, lead_sheet
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PapersPage:
    title: str
    lead: LeadSheet
    form: FormState


@dataclass(frozen=True, slots=True)
class HandOverPage:
    title: str
    lead: LeadSheet
    form: FormState
    colleagues: Choices
    branches: Choices


def own_institution(actor: Actor) -> UUID:
    if actor.institution_id is None:
        raise NotFound()
    return actor.institution_id


def _address(lead_id: UUID) -> str:
    return f"/institution/leads/{lead_id}"


def _moved_on(lead_id: UUID) -> Redirect:
    text = _("This step is not possible any more: the lead has moved on. Here is its present state.")
    return redirect(_address(lead_id), level="warning", flash=text)


@post("/institution/leads/{lead_id:uuid}/contact", allow=INSTITUTION, sync_to_thread=True)
def contact(session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    record_contact(session, actor, lead_id, now)
    return redirect(_address(lead_id), flash=_("The contact is noted; the enterprise is told so."))


@get("/institution/leads/{lead_id:uuid}/papers", allow=INSTITUTION, sync_to_thread=True)
def papers_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    """The form proposes what the product asks for."""
    sheet = lead_sheet(session, lead_id, business_date(now))
    if not sheet.can(LeadStatus.PAPERS_REQUESTED):
        return _moved_on(lead_id)
    proposed = FormState({"papers": _(", ").join(sheet.product.materials)})
    return render(
        request, "institution/leads/papers.html", PapersPage(_("Ask the enterprise for papers"), sheet, proposed)
    )


@post("/institution/leads/{lead_id:uuid}/papers", allow=INSTITUTION, sync_to_thread=True)
def ask_for_papers(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        request_papers(session, actor, lead_id, parse(RequestPapers, typed), now)
    if not outcome.ok:
        sheet = lead_sheet(session, lead_id, business_date(now))
        page = PapersPage(_("Ask the enterprise for papers"), sheet, refused(typed, outcome.errors))
        return render(request, "institution/leads/papers.html", page, status=422)
    return redirect(_address(lead_id), flash=_("The enterprise is asked for these papers. Your clock stands still."))


@post("/institution/leads/{lead_id:uuid}/papers-complete", allow=INSTITUTION, sync_to_thread=True)
def complete(
    session: Session, actor: CurrentActor, settings: AppSettings, now: Now, lead_id: FromPath[UUID]
) -> Redirect:
    papers_complete(session, actor, lead_id, now, rules=rules_of(settings))
    return redirect(_address(lead_id), flash=_("The papers are complete. The days for your decision run."))


@get(
    [
        "/institution/leads/{lead_id:uuid}/contact",
        "/institution/leads/{lead_id:uuid}/papers-complete",
        "/institution/leads/{lead_id:uuid}/notes",
    ],
    allow=INSTITUTION,
    sync_to_thread=False,
)
def done(lead_id: FromPath[UUID]) -> Redirect:
    """Where the page of a refused second click is reloaded."""
    return redirect(_address(lead_id))


@post("/institution/leads/{lead_id:uuid}/notes", allow=INSTITUTION, sync_to_thread=True)
def note(data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    with attempt(session) as outcome:
        write_note(session, actor, lead_id, parse(WriteNote, texts(data)), now)
    if not outcome.ok:
        return redirect(
            _address(lead_id), level="warning", flash=_("The note was empty or too long; nothing was kept.")
        )
    return redirect(_address(lead_id), flash=_("The note is kept. Only your institution reads it."))


def _hand_over_page(session: ActorSession, actor: Actor, lead_id: UUID, now: datetime, form: FormState) -> HandOverPage:
    people, places = receivers(session, actor)
    return HandOverPage(_("Hand the lead over"), lead_sheet(session, lead_id, business_date(now)), form, people, places)


def receivers(session: ActorSession, actor: Actor) -> tuple[Choices, Choices]:
    """Colleagues and branches to which a lead can go."""
    institution = own_institution(actor)
    people = [(str(one.id), one.label) for one in colleagues(session, institution) if one.id != actor.user_id]
    return people, [(str(one.id), one.indented) for one in branch_tree(session, institution)]


@get("/institution/leads/{lead_id:uuid}/hand-over", allow=INSTITUTION, sync_to_thread=True)
def hand_over_form(
    request: Request, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    page = _hand_over_page(session, actor, lead_id, now, FormState())
    if page.lead.status in CLOSED:
        return _moved_on(lead_id)
    return render(request, "institution/leads/hand_over.html", page)


@post("/institution/leads/{lead_id:uuid}/hand-over", allow=INSTITUTION, sync_to_thread=True)
def hand_over(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        hand_over_lead(session, actor, lead_id, parse(HandOver, typed), now)
    if not outcome.ok:
        page = _hand_over_page(session, actor, lead_id, now, refused(typed, whole_form(outcome.errors)))
        return render(request, "institution/leads/hand_over.html", page, status=422)
    return redirect(_address(lead_id), flash=_("The lead is handed over; its days stay the same."))


def whole_form(errors: dict[str, str]) -> dict[str, str]:
    """What concerns no single field stands over the form."""
    return {"" if name == "form" else name: text for name, text in errors.items()}


ROUTES = [contact, papers_form, ask_for_papers, complete, done, note, hand_over_form, hand_over]
