"""Consents along the way of a need: what would answer an unknown, and what a lender may see from the first day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from litestar import post
from litestar.response import Redirect

from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.queries import consented_datasets
from xinyidai.consents.service import last_day
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import Wording, current_version, wording
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.credit.sharing import FamilyData, families, share
from xinyidai.leads.match_queries import Ranking
from xinyidai.leads.unlocks import Unlocks, unlocks_of
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import local_path, redirect
from xinyidai.web.requests import FormData

SHARED = "share"
"""Name of the boxes beside an application: families of data that the lenders may read."""
APPLICATION_MONTHS = 6
"""How long a consent given with an application lasts (assumed): the time an application may take, and a little more."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the pages of a need say about consents: for the ranking, and for the lenders applied to."""

    unlocks: Unlocks
    ranking_words: Wording
    ranking_until: date
    families: Sequence[FamilyData]
    lender_words: Wording
    lender_until: date


def sharing_for(session: ActorSession, ranking: Ranking | None, now: datetime) -> Sharing | None:
    """None while there is no ranking: nothing is unknown yet."""
    enterprise_id, today = session.actor.enterprise_id, business_date(now)
    if ranking is None or enterprise_id is None:
        return None
    version = current_version(today)
    return Sharing(
        unlocks=unlocks_of(session, enterprise_id, ranking, today),
        ranking_words=wording(version, ConsentPurpose.RANKING),
        ranking_until=last_day(today, APPLICATION_MONTHS),
        families=families(),
        lender_words=wording(version, ConsentPurpose.FINANCING),
        lender_until=last_day(today, APPLICATION_MONTHS),
    )


def opened_for_ranking(session: ActorSession, now: datetime) -> frozenset[str]:
    """Data sets that the platform may use to find products for the enterprise that looks."""
    enterprise_id = session.actor.enterprise_id
    return consented_datasets(session, enterprise_id, None, business_date(now)) if enterprise_id else frozenset()


def share_with_lenders(
    session: ActorSession, actor: Actor, institution_ids: Sequence[UUID], values: Mapping[str, object], now: datetime
) -> None:
    """Give each lender applied to the consent ticked beside the application; nothing ticked gives none.

    Whoever ticks a box has the words beside it: the form carries their version.
    """
    ticked = values.get(SHARED)
    chosen = set(ticked) if isinstance(ticked, list) else set()
    datasets = [one.code for family in families() if family.family.value in chosen for one in family.datasets]
    if not datasets:
        return
    for institution_id in dict.fromkeys(institution_ids):
        command = GiveConsent(
            institution_id=institution_id,
            purpose=ConsentPurpose.FINANCING,
            datasets=tuple(datasets),
            valid_until=last_day(business_date(now), APPLICATION_MONTHS),
            wording_version=str(values.get("wording_version", "")),
            agreed=True,
        )
        share(session, actor, command, now)


@post("/enterprise/consents/ranking", allow=ENTERPRISE, sync_to_thread=True)
def share_for_ranking(
    data: FormData, session: Session, actor: CurrentActor, now: Now, settings: AppSettings
) -> Redirect:
    """One tap on a need's page: these families of data may be used to find products."""
    typed = texts(data, lists=("datasets",))
    until = last_day(business_date(now), APPLICATION_MONTHS)
    stated = {**typed, "purpose": ConsentPurpose.RANKING.value, "valid_until": until, "agreed": True}
    share(session, actor, parse(GiveConsent, stated), now, longest_months=settings.consent_months)
    told = _("Thank you. Your open needs are being compared again with these data.")
    return redirect(local_path(str(typed.get("back", "")), "/enterprise/consents"), flash=told)


ROUTES = [share_for_ranking]
