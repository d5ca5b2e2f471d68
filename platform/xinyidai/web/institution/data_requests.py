"""The button on a lead's page by which a lender asks the enterprise to open more data."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from xinyidai.consents.commands import AskForConsent
from xinyidai.core.db import attempt
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.credit.sharing import families
from xinyidai.lending.credit_view import ask_for_data
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.render import redirect
from xinyidai.web.requests import FormData


@post("/institution/leads/{lead_id:uuid}/ask-consent", allow=INSTITUTION, sync_to_thread=True)
def ask(data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    """Families are ticked; all of their data sets are asked for, and the enterprise chooses among them."""
    chosen = texts(data, lists=("families",))["families"]
    asked = {str(one) for one in chosen} if isinstance(chosen, list) else set()
    datasets = [one.code for family in families() if family.family.value in asked for one in family.datasets]
    with attempt(session) as outcome:
        ask_for_data(session, actor, lead_id, parse(AskForConsent, {"datasets": datasets}), now)
    here = f"/institution/leads/{lead_id}"
    if not outcome.ok:
        return redirect(here, level="warning", flash=_("Please tick which data you would like to read."))
    return redirect(here, flash=_("The enterprise has been asked. You are told when it answers."))


@get("/institution/leads/{lead_id:uuid}/ask-consent", allow=INSTITUTION, sync_to_thread=False)
def asked(lead_id: FromPath[UUID]) -> Redirect:
    """Where the page of a refused second click is reloaded."""
    return redirect(f"/institution/leads/{lead_id}")


ROUTES = [ask, asked]
