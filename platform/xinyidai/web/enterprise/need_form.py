"""Posting a need in steps. Each step is saved when it is sent, so the form can be left and taken up again."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Conflict, NotFound
from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.i18n import N_, _
from xinyidai.core.reference import lpr
from xinyidai.core.validation import parse
from xinyidai.leads.fact_queries import KnownFact, registry_in_words
from xinyidai.leads.need_story import Step
from xinyidai.needs.commands import CHECK_STEP, STEPS, PostDraft
from xinyidai.needs.queries import Draft, draft_id_of, find_draft, is_posted
from xinyidai.needs.service import discard_draft, post_need, save_step, start_draft
from xinyidai.needs.types import ApplicantRole, Purpose
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.enterprise.needs import own_enterprise
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

_LABELS = {
    1: N_("Amount and purpose"),
    2: N_("Security and rate"),
    3: N_("Who applies"),
    4: N_("Check and post"),
}
_TEMPLATES = {
    1: "enterprise/needs/edit_money.html",
    2: "enterprise/needs/edit_security.html",
    3: "enterprise/needs/edit_applicant.html",
    4: "enterprise/needs/edit_check.html",
}
_LISTS = ("guarantees",)

Option = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step of the form. ``need_id`` is empty while nothing is saved yet; ``values`` are those of all steps."""

    title: str
    step: int
    need_id: UUID | None
    form: FormState
    steps: list[Step]
    draft: Draft | None
    lpr: lpr.LprQuote | None
    registry: list[KnownFact]

    @property
    def action(self) -> str:
        return f"/enterprise/needs/{self.need_id}/edit?step={self.step}" if self.need_id else "/enterprise/needs/new"

    @property
    def back(self) -> str:
        return f"/enterprise/needs/{self.need_id}/edit?step={self.step - 1}" if self.step > 1 else "/enterprise/needs"

    @property
    def purposes(self) -> list[tuple[str, str]]:
        return Purpose.choices()

    @property
    def guarantees(self) -> list[Option]:
        return [(mode.value, _(label), _(note)) for mode, (label, note) in _GUARANTEES.items()]

    @property
    def applicants(self) -> list[Option]:
        return [(value, _(label), _(note)) for value, (label, note) in _APPLICANTS.items()]

    @property
    def labels(self) -> dict[str, str]:
        """Value → label of the closed vocabularies, for reading the draft back."""
        return {**dict(Purpose.choices()), **dict(GuaranteeMode.choices()), **dict(ApplicantRole.choices())}


_GUARANTEES = {
    GuaranteeMode.CREDIT: (N_("unsecured"), N_("You put up nothing; your record speaks for you.")),
    GuaranteeMode.MORTGAGE: (N_("mortgage"), N_("Real estate, land or machines that stay with you.")),
    GuaranteeMode.PLEDGE: (N_("pledge"), N_("Receivables, stock, shares or patents.")),
    GuaranteeMode.GUARANTEE: (N_("guarantee"), N_("A person, a company or a guarantee company vouches for you.")),
    GuaranteeMode.INSURANCE: (N_("insurance or guarantee insurance"), N_("An insurer covers the loan for a premium.")),
    GuaranteeMode.MIXED: (N_("mixed security"), N_("Several of these together.")),
    GuaranteeMode.OTHER: (N_("other security"), N_("Anything else that a lender may accept.")),
}
_APPLICANTS = {
    "legal_rep": (N_("legal representative or owner"), N_("You own or legally represent the business or household.")),
    "authorised_handler": (
        N_("authorised handler with a letter of authority"),
        N_("You work for the business and can show a signed letter of authority."),
    ),
    "broker": (N_("broker or intermediary"), N_("You arrange loans for others.")),
}


@get("/enterprise/needs/new", allow=ENTERPRISE, sync_to_thread=True)
def new_need(request: Request, session: Session, actor: CurrentActor) -> Template | Redirect:
    """The draft where it was left, or the empty first step. Nothing is written by looking."""
    if need_id := draft_id_of(session, own_enterprise(actor)):
        draft = find_draft(session, need_id)
        return redirect(f"/enterprise/needs/{need_id}/edit?step={draft.step if draft else 1}")
    return _first_step(request, FormState())


@post("/enterprise/needs/new", allow=ENTERPRISE, sync_to_thread=True)
def begin_need(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now
) -> Template | Redirect:
    """The first step creates the draft; sent twice, it is the same draft."""
    values = texts(data)
    with attempt(session) as outcome:
        step = parse(STEPS[1], values)
        need = start_draft(session, actor, now)
        save_step(session, actor, need.id, step, now, complete=not _leaves(values))
    if not outcome.ok:
        return _first_step(request, FormState(values, outcome.errors), status=422)
    return _onwards(need.id, 1, values)


@get("/enterprise/needs/{need_id:uuid}/edit", allow=ENTERPRISE, sync_to_thread=True)
def edit_need(
    request: Request,
    session: Session,
    user: User,
    now: Now,
    need_id: FromPath[UUID],
    step: FromQuery[int] = 0,
) -> Template | Redirect:
    draft = find_draft(session, need_id)
    if draft is None:
        return _no_draft(session, need_id)
    # Nobody gets to a step before the ones in front of it are complete.
    reachable = min([*draft.missing, CHECK_STEP])
    number = min(step, reachable) if 1 <= step <= CHECK_STEP else reachable
    values = {**draft.values, "contact_name": draft.values["contact_name"] or user.display_name}
    return _page(request, session, draft, number, FormState(values), now)


@post("/enterprise/needs/{need_id:uuid}/edit", allow=ENTERPRISE, sync_to_thread=True)
def save_need(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    now: Now,
    need_id: FromPath[UUID],
    step: FromQuery[int] = 0,
) -> Template | Redirect:
    if step == CHECK_STEP:
        return _post(request, data, session, actor, now, need_id)
    if step not in STEPS:
        raise NotFound()
    values = texts(data, lists=_LISTS)
    with attempt(session) as outcome:
        command = parse(STEPS[step], values)
        save_step(session, actor, need_id, command, now, complete=not _leaves(values))
    if outcome.ok:
        return _onwards(need_id, step, values)
    draft = _draft(session, need_id)
    return _page(request, session, draft, step, FormState(values, outcome.errors), now, status=422)


def _post(
    request: Request, data: FormData, session: ActorSession, actor: CurrentActor, now: Now, need_id: UUID
) -> Template | Redirect:
    values = texts(data)
    try:
        with attempt(session) as outcome:
            post_need(session, actor, need_id, parse(PostDraft, values), now)
    except Conflict:
        return _no_draft(session, need_id)
    if outcome.ok:
        told = _("Your need is posted. The platform now compares it with every product on sale.")
        return redirect(f"/enterprise/needs/{need_id}", flash=told)
    draft = _draft(session, need_id)
    return _page(
        request, session, draft, CHECK_STEP, FormState({**draft.values, **values}, outcome.errors), now, status=422
    )


@dataclass(frozen=True, slots=True)
class DiscardPage:
    title: str
    need_id: UUID


@get("/enterprise/needs/{need_id:uuid}/discard", allow=ENTERPRISE, sync_to_thread=True)
def confirm_discard(request: Request, session: Session, need_id: FromPath[UUID]) -> Template:
    _draft(session, need_id)
    return render(request, "enterprise/needs/discard.html", DiscardPage(_("Discard the draft"), need_id))


@post("/enterprise/needs/{need_id:uuid}/discard", allow=ENTERPRISE, sync_to_thread=True)
def discard(session: Session, actor: CurrentActor, now: Now, need_id: FromPath[UUID]) -> Redirect:
    discard_draft(session, actor, need_id, now)
    return redirect("/enterprise/needs", flash=_("The draft is discarded."))


def _leaves(values: dict[str, object]) -> bool:
    """The second button: keep what is there and go on another day."""
    return values.get("act") == "later"


def _onwards(need_id: UUID, step: int, values: dict[str, object]) -> Redirect:
    if _leaves(values):
        return redirect("/enterprise/needs", flash=_("The draft is saved. You can go on at any time."))
    return redirect(f"/enterprise/needs/{need_id}/edit?step={step + 1}")


def _draft(session: ActorSession, need_id: UUID) -> Draft:
    draft = find_draft(session, need_id)
    if draft is None:
        raise NotFound()
    return draft


def _no_draft(session: ActorSession, need_id: UUID) -> Redirect:
    """A need that was posted meanwhile, in this window or another, is shown as it stands."""
    if not is_posted(session, need_id):
        raise NotFound()
    return redirect(f"/enterprise/needs/{need_id}", level="info", flash=_("This need is already posted."))


def _first_step(request: Request, form: FormState, status: int = 200) -> Template:
    page = StepPage(_("Post a financing need"), 1, None, form, _steps(1, None), None, None, [])
    return render(request, _TEMPLATES[1], page, status=status)


def _page(
    request: Request, session: ActorSession, draft: Draft, step: int, form: FormState, now: Now, status: int = 200
) -> Template:
    today = business_date(now)
    registry = registry_in_words(session, draft.enterprise_id, today) if step == CHECK_STEP else []
    quote = lpr.in_force_on(today)
    page = StepPage(_("Post a financing need"), step, draft.id, form, _steps(step, draft), draft, quote, registry)
    return render(request, _TEMPLATES[step], page, status=status)


def _steps(current: int, draft: Draft | None) -> list[Step]:
    steps = []
    for number, label in _LABELS.items():
        done = draft is not None and number < draft.step and number not in draft.missing
        state = "current" if number == current else "done" if done else "todo"
        reachable = draft is not None and (done or number <= min([*draft.missing, CHECK_STEP]))
        href = f"/enterprise/needs/{draft.id}/edit?step={number}" if draft and reachable else ""
        steps.append(Step(_(label), state, href))
    return steps


ROUTES = [new_need, begin_need, edit_need, save_need, confirm_discard, discard]
