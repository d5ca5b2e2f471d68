"""What the platform knows of the reader's own enterprise, and what it does not."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.enterprises.queries import EnterpriseFacts, enterprise_facts
from xinyidai.web.deps import CurrentActor, Session
from xinyidai.web.enterprise_words import size_needs_said
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import render
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class ProfilePage:
    title: str
    enterprise: EnterpriseFacts
    size_needs: str
    unknown: list[str]
    """Names of facts that products ask for and that nobody has told us."""


@get("/enterprise/profile", allow=ENTERPRISE, sync_to_thread=True)
def profile(request: Request, session: Session, actor: CurrentActor) -> Template:
    if actor.enterprise_id is None:
        raise NotFound()
    facts = enterprise_facts(session, actor.enterprise_id)
    page = ProfilePage(_("My enterprise"), facts, size_needs_said(facts), _unknown(facts))
    return render(request, "enterprise/profile.html", page)


def _unknown(facts: EnterpriseFacts) -> list[str]:
    asked_for = {
        _("industry"): facts.industry_code,
        _("place of business"): facts.region,
        _("date of establishment"): facts.registered_on,
        _("registration status"): facts.status,
        _("registered capital"): facts.registered_capital,
        _("number of employees"): facts.employees,
        _("annual revenue"): facts.revenue,
        _("total assets"): facts.total_assets,
    }
    return [name for name, value in asked_for.items() if value is None]


ROUTES = [profile]
