"""The credit report of an enterprise whose lead a lender holds: with its consent only, and every look is logged."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.errors import Conflict
from xinyidai.core.i18n import _
from xinyidai.credit.report.service import issue_report_for_lender, open_report_as_lender
from xinyidai.credit.report.view import view_of
from xinyidai.lending.lead_page import enterprise_of_lead
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.render import redirect, render
from xinyidai.web.reports import ReportPage
from xinyidai.web.requests import Request


@post("/institution/leads/{lead_id:uuid}/report", allow=INSTITUTION, sync_to_thread=True)
def issue(session: Session, actor: CurrentActor, settings: AppSettings, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    enterprise_id = enterprise_of_lead(session, lead_id)
    try:
        report = issue_report_for_lender(session, actor, enterprise_id, lead_id, settings.city_region, now)
    except Conflict as refused:
        return redirect(f"/institution/leads/{lead_id}", level="warning", flash=refused.message)
    return redirect(f"/institution/reports/{report.id}?lead={lead_id}")


@get("/institution/reports/{report_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def report(request: Request, session: Session, actor: CurrentActor, now: Now, report_id: FromPath[UUID]) -> Template:
    opened = open_report_as_lender(session, actor, report_id, now)
    lead = str(request.query_params.get("lead", ""))
    back = f"/institution/leads/{lead}" if lead.replace("-", "").isalnum() else "/institution/leads"
    page = ReportPage(_("Public credit report"), view_of(opened, for_lender=True), back)
    return render(request, "reports/report.html", page)


ROUTES = [issue, report]
