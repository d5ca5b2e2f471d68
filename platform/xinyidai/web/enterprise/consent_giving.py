"""Giving a consent: what for and to whom, then which data, until when and under which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.requests import open_requests
from xinyidai.consents.service import last_day
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import Wording, current_version, wording
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import N_, _
from xinyidai.core.validation import parse
from xinyidai.credit.sharing import FamilyData, families, grouped, share
from xinyidai.institutions.queries import active_institutions
from xinyidai.products.fact_catalogue import facts_from
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import local_path, redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """The first step: what for, and to whom."""

    title: str
    form: FormState
    purposes: list[tuple[str, str, str]]
    institutions: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GivePage:
    """The second step: which data, until when, and the words that are agreed to."""

    title: str
    form: FormState
    purpose: ConsentPurpose
    institution_id: UUID | None
    recipient: str
    families: Sequence[FamilyData]
    asked: frozenset[str]
    wording: Wording
    latest: date

    def answers(self, dataset: str) -> str:
        """Which facts of products this data set answers."""
        return _(", ").join(fact.label for fact in facts_from(dataset))


@get("/enterprise/consents/new", allow=ENTERPRISE, sync_to_thread=True)
def new_consent(
    request: Request,
    session: Session,
    actor: CurrentActor,
    now: Now,
    settings: AppSettings,
    purpose: FromQuery[str] = "",
    institution_id: FromQuery[str] = "",
    wish: FromQuery[str] = "",
    back: FromQuery[str] = "",
) -> Template:
    form = FormState({"purpose": purpose, "institution_id": institution_id, "back": back})
    names = lender_names(session)
    for_platform = purpose == ConsentPurpose.RANKING
    if purpose not in set(ConsentPurpose) or not (for_platform or institution_id in names):
        if purpose in set(ConsentPurpose):
            form = refused(form.values, {"institution_id": N_("Please choose one of the listed lenders.")})
        page = ChoosePage(_("Give a consent"), form, _purposes(), list(names.items()))
        return render(request, "enterprise/consents/choose.html", page)
    asked = _asked_for(session, actor.enterprise_id, wish)
    chosen = ConsentPurpose(purpose)
    recipient = None if for_platform else UUID(institution_id)
    months = settings.consent_months
    proposed = FormState({"valid_until": last_day(business_date(now), months), "back": back, "wish": wish})
    shown = _give_page(chosen, recipient, names, proposed, asked, business_date(now), months)
    return render(request, "enterprise/consents/give.html", shown)


def _give_page(
    purpose: ConsentPurpose,
    institution_id: UUID | None,
    names: dict[str, str],
    form: FormState,
    asked: frozenset[str],
    today: date,
    months: int,
) -> GivePage:
    return GivePage(
        title=_("Give a consent"),
        form=form,
        purpose=purpose,
        institution_id=institution_id,
        recipient=names[str(institution_id)] if institution_id else _("this platform"),
        families=grouped(asked) if asked else families(),
        asked=asked,
        wording=wording(current_version(today), purpose),
        latest=last_day(today, months),
    )


def lender_names(session: ActorSession) -> dict[str, str]:
    """By id as text, in the order in which they are chosen from."""
    return {str(one.id): one.name for one in active_institutions(session)}


def _purposes() -> list[tuple[str, str, str]]:
    notes = {
        ConsentPurpose.RANKING: _("To this platform alone; no lender sees the figures."),
        ConsentPurpose.FINANCING: _("To one lender, while it examines your application."),
        ConsentPurpose.POST_LOAN: _("To one lender, while you repay a loan of it."),
    }
    return [(one.value, one.label, notes[one]) for one in ConsentPurpose]


def _asked_for(session: ActorSession, enterprise_id: UUID | None, wish: str) -> frozenset[str]:
    """The data sets of an open request; nothing where the address names none of theirs."""
    mine = open_requests(session, enterprise_id) if enterprise_id and wish else []
    return frozenset(code for one in mine if str(one.id) == wish for code in one.datasets)


@post("/enterprise/consents/new", allow=ENTERPRISE, sync_to_thread=True)
def give(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, settings: AppSettings
) -> Template | Redirect:
    typed = texts(data, lists=("datasets",))
    with attempt(session) as outcome:
        consent = share(session, actor, parse(GiveConsent, typed), now, longest_months=settings.consent_months)
    if not outcome.ok:
        return _given_back(request, session, actor.enterprise_id, typed, outcome.errors, now, settings)
    back = local_path(str(typed.get("back", "")), f"/enterprise/consents/{consent.id}")
    if consent.institution_id is None:
        told = _("Thank you. Your open needs are being compared again with these data.")
    else:
        told = _("The consent is given. The lender has been told; you can revoke it here at any time.")
    return redirect(back, flash=told)


def _given_back(
    request: Request,
    session: ActorSession,
    enterprise_id: UUID | None,
    typed: dict[str, object],
    errors: dict[str, str],
    now: datetime,
    settings: Settings,
) -> Template | Redirect:
    """The form as it was typed; to the first step where even purpose and recipient make no sense."""
    purpose, institution_id = str(typed.get("purpose", "")), str(typed.get("institution_id", ""))
    names = lender_names(session)
    if purpose not in set(ConsentPurpose) or (institution_id not in names) != (purpose == ConsentPurpose.RANKING):
        return redirect(
            "/enterprise/consents/new", level="warning", flash=_("Please choose again whom the consent is for.")
        )
    recipient = UUID(institution_id) if institution_id in names else None
    asked = _asked_for(session, enterprise_id, str(typed.get("wish", "")))
    form = refused(typed, errors)
    page = _give_page(
        ConsentPurpose(purpose), recipient, names, form, asked, business_date(now), settings.consent_months
    )
    return render(request, "enterprise/consents/give.html", page, status=422)


ROUTES = [new_consent, give]
