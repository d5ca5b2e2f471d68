"""Whoever holds a report or an assessment sees here whether it is genuine, and whether something has changed since."""

from dataclasses import dataclass
from datetime import timedelta

from litestar import get
from litestar.response import Template

from xinyidai.accounts.throttling import Limit, count_question
from xinyidai.core.i18n import _
from xinyidai.credit.report.verification import Verified, verify
from xinyidai.web.deps import Now, Session
from xinyidai.web.forms import FormState
from xinyidai.web.guards import PUBLIC
from xinyidai.web.render import render
from xinyidai.web.requests import Request

QUESTIONS = Limit("verify", most=30, window=timedelta(minutes=10))
"""Plenty for a bank's front desk, too few to try codes."""


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """``asked``: number and code were given; ``found`` None then says that no document has both."""

    title: str
    form: FormState
    asked: bool
    found: Verified | None


@get("/verify", allow=PUBLIC, sync_to_thread=True)
def verification(request: Request, session: Session, now: Now) -> Template:
    number = str(request.query_params.get("number", ""))[:40]
    code = str(request.query_params.get("code", ""))[:40]
    asked = bool(number and code)
    if asked:
        count_question(session, QUESTIONS, request.client.host if request.client else None, now)
    found = verify(session, number, code, now) if asked else None
    page = VerifyPage(_("Verify a report or an assessment"), FormState({"number": number, "code": code}), asked, found)
    return render(request, "public/verify.html", page)


ROUTES = [verification]
