"""Anyone who holds a report can see here whether it is genuine, and whether something has changed since."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.i18n import _
from xinyidai.credit.report.service import Verified, verify
from xinyidai.web.deps import Now, Session
from xinyidai.web.forms import FormState
from xinyidai.web.guards import PUBLIC
from xinyidai.web.render import render
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """``asked``: number and code were given; ``found`` None then says that no report has both."""

    title: str
    form: FormState
    asked: bool
    found: Verified | None


@get("/verify", allow=PUBLIC, sync_to_thread=True)
def verification(request: Request, session: Session, now: Now) -> Template:
    number = str(request.query_params.get("number", ""))[:40]
    code = str(request.query_params.get("code", ""))[:40]
    found = verify(session, number, code, now) if number and code else None
    page = VerifyPage(
        _("Verify a credit report"), FormState({"number": number, "code": code}), bool(number and code), found
    )
    return render(request, "public/verify.html", page)


ROUTES = [verification]
