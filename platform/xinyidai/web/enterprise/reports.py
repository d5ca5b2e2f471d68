"""Credit report and assessment of an enterprise: issued with one press, printed, verifiable by whoever holds them."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.credit.report.assessments import OpenedAssessment, issue_assessment, open_assessment
from xinyidai.credit.report.documents import latest
from xinyidai.credit.report.models import CreditAssessment, CreditReport
from xinyidai.credit.report.service import issue_own_report, open_own_report
from xinyidai.credit.report.view import view_of
from xinyidai.credit.scoring.queries import ScoreSheet, score_sheet
from xinyidai.enterprises.queries import enterprise_facts
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.enterprise.records import own
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import redirect, render
from xinyidai.web.reports import ReportPage
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class ReportsPage:
    title: str
    reports: list[CreditReport]
    assessments: list[CreditAssessment]


@get("/enterprise/reports", allow=ENTERPRISE, sync_to_thread=True)
def reports(request: Request, session: Session, actor: CurrentActor) -> Template:
    whose = own(actor)
    page = ReportsPage(
        _("Credit report"), latest(session, CreditReport, whose), latest(session, CreditAssessment, whose)
    )
    return render(request, "enterprise/reports/list.html", page)


@post("/enterprise/reports", allow=ENTERPRISE, sync_to_thread=True)
def issue(session: Session, actor: CurrentActor, settings: AppSettings, now: Now) -> Redirect:
    report = issue_own_report(session, actor, settings.city_region, now)
    return redirect(f"/enterprise/reports/{report.id}")


@get("/enterprise/reports/{report_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def report(request: Request, session: Session, actor: CurrentActor, now: Now, report_id: FromPath[UUID]) -> Template:
    opened = open_own_report(session, actor, report_id, now)
    page = ReportPage(_("Public credit report"), view_of(opened, for_lender=False), "/enterprise/reports")
    return render(request, "reports/report.html", page)


@dataclass(frozen=True, slots=True)
class AssessmentPage:
    """``sheet`` is None before the first computation; ``name`` and ``code`` say whose it is.

    ``issued`` is None of the assessment as it stands now, which has no number and cannot be verified.
    """

    title: str
    sheet: ScoreSheet | None
    name: str
    code: str | None
    issued: OpenedAssessment | None = None


@get("/enterprise/assessment", allow=ENTERPRISE, sync_to_thread=True)
def assessment(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    """The platform's own assessment: a document of its own, because the public report carries no score."""
    facts = enterprise_facts(session, own(actor))
    sheet = score_sheet(session, own(actor), None, business_date(now))
    page = AssessmentPage(_("Assessment of the platform"), sheet, facts.name, facts.code)
    return render(request, "reports/assessment.html", page)


@post("/enterprise/assessments", allow=ENTERPRISE, sync_to_thread=True)
def issue_an_assessment(session: Session, actor: CurrentActor, settings: AppSettings, now: Now) -> Redirect:
    issued = issue_assessment(session, actor, settings.city_region, now)
    return redirect(f"/enterprise/assessments/{issued.id}")


@get("/enterprise/assessments/{assessment_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def issued_assessment(
    request: Request, session: Session, actor: CurrentActor, now: Now, assessment_id: FromPath[UUID]
) -> Template:
    issued = open_assessment(session, actor, assessment_id, now)
    title = _("Assessment of the platform")
    page = AssessmentPage(title, issued.sheet, issued.name, issued.enterprise_code, issued)
    return render(request, "reports/assessment.html", page)


ROUTES = [reports, issue, report, assessment, issue_an_assessment, issued_assessment]
