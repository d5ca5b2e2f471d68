"""Issuing a report and opening it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from xinyidai.audit.service import record as audit
from xinyidai.consents.queries import consents_in_force, named_in
from xinyidai.consents.reads import log_read
from xinyidai.consents.types import ConsentPurpose
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import INSTITUTION_ROLES, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.core.i18n import N_
from xinyidai.credit.report.content import build, datasets_of, differs, still_displayed
from xinyidai.credit.report.documents import keep, own
from xinyidai.credit.report.models import CreditReport

NO_CONSENT = N_("The enterprise has not consented to your reading its credit data. Please ask it for its consent.")


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """``gone``: ids of records that have stopped counting since; no lender sees them. ``changed``: any change."""

    report: CreditReport
    gone: frozenset[str]
    hidden_datasets: frozenset[str]
    """Data sets that the lender may not read any more."""
    changed: bool


def issue_own_report(session: ActorSession, actor: Actor, city_region: str, now: datetime) -> CreditReport:
    """The enterprise's report about itself, over everything that is displayed."""
    if actor.enterprise_id is None:
        raise Forbidden()
    return _issue(session, actor, actor.enterprise_id, None, city_region, now)


def issue_report_for_lender(
    session: ActorSession, actor: Actor, enterprise_id: UUID, lead_id: UUID, city_region: str, now: datetime
) -> CreditReport:
    """Over the open data sets and what the enterprise consented to. Raises Conflict where no consent is in force."""
    if actor.role not in INSTITUTION_ROLES or actor.institution_id is None:
        raise Forbidden()
    consents = consents_in_force(session, enterprise_id, actor.institution_id, business_date(now))
    if not consents:
        raise Conflict(NO_CONSENT)
    allowed = named_in(consents)
    report = _issue(session, actor, enterprise_id, allowed, city_region, now)
    log_read(
        session, actor, enterprise_id, "report", datasets_of(allowed), ConsentPurpose(consents[-1].purpose), now,
        consent_id=consents[-1].id, lead_id=lead_id,
    )  # fmt: skip
    return report


def _issue(
    session: ActorSession,
    actor: Actor,
    enterprise_id: UUID,
    allowed: Collection[str] | None,
    city_region: str,
    now: datetime,
) -> CreditReport:
    datasets = datasets_of(allowed)
    with as_platform(session):
        content = build(session, enterprise_id, datasets, business_date(now))
    of_reports = {"institution_id": actor.institution_id, "datasets": datasets}
    report = keep(session, actor, CreditReport, enterprise_id, content, city_region, now, **of_reports)
    audit(session, actor, "report.issued", "credit_report", report.id, now, number=report.number)
    return report


def open_own_report(session: ActorSession, actor: Actor, report_id: UUID, now: datetime) -> OpenedReport:
    """As it was issued; what has changed since is said beside it. The database shows an enterprise its own only."""
    return _opened(session, own(session, actor, CreditReport, report_id), frozenset(), now)


def open_report_as_lender(session: ActorSession, actor: Actor, report_id: UUID, now: datetime) -> OpenedReport:
    """Only while a consent is in force, only what it still covers, and without what has stopped counting; logged."""
    with as_platform(session):
        report = session.get(CreditReport, report_id)
    if report is None or actor.institution_id is None or report.institution_id != actor.institution_id:
        raise NotFound()
    consents = consents_in_force(session, report.enterprise_id, actor.institution_id, business_date(now))
    if not consents:
        raise Conflict(NO_CONSENT)
    allowed = datasets_of(named_in(consents))
    shown = sorted(set(report.datasets) & set(allowed))
    log_read(
        session, actor, report.enterprise_id, "report", shown, ConsentPurpose(consents[-1].purpose), now,
        consent_id=consents[-1].id,
    )  # fmt: skip
    return _opened(session, report, frozenset(report.datasets) - frozenset(allowed), now)


def _opened(session: ActorSession, report: CreditReport, hidden: frozenset[str], now: datetime) -> OpenedReport:
    today = business_date(now)
    with as_platform(session):
        displayed = still_displayed(session, report.enterprise_id, today)
        current = build(session, report.enterprise_id, report.datasets, today)
    then = frozenset(str(one["id"]) for one in report.content["records"])  # type: ignore[attr-defined]
    return OpenedReport(report, then - displayed, hidden, differs(report.content, current))
