"""Proving to a stranger that a report or an assessment is genuine."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlmodel import select

from xinyidai.core.acting import as_platform
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.report.assessments import has_changed
from xinyidai.credit.report.content import build, differs, hash_of
from xinyidai.credit.report.models import CreditAssessment, CreditReport
from xinyidai.credit.report.numbering import CODE_LENGTH, masked
from xinyidai.credit.scoring.queries import level_name


@dataclass(frozen=True, slots=True)
class VerifiedScore:
    """What an assessment says, to be compared with the paper. ``score`` and ``level`` None: not scored."""

    score: int | None
    level: int | None
    version: str

    @property
    def level_name(self) -> str:
        return "" if self.level is None else level_name(self.level)


@dataclass(frozen=True, slots=True)
class Verified:
    """What anyone may learn who holds number and code; ``assessment`` is None of a report, which has no score."""

    number: str
    issued_at: datetime
    enterprise: str
    changed: bool
    assessment: VerifiedScore | None = None


def verify(session: ActorSession, number: str, code: str, now: datetime) -> Verified | None:
    """For anyone: the document behind number and code, its name masked; None where there is none."""
    digits = "".join(one for one in number if one.isdigit() and one.isascii())
    letters = "".join(code.split()).replace("-", "").upper()
    with as_platform(session):
        report = session.exec(select(CreditReport).where(CreditReport.number == digits)).one_or_none()
        assessment = session.exec(select(CreditAssessment).where(CreditAssessment.number == digits)).one_or_none()
        document = report or assessment
        # A wrong number takes the same comparison as a wrong code.
        expected = document.code if document else "-" * CODE_LENGTH
        if not compare_digest(expected.encode(), letters.encode()) or document is None:
            return None
        if hash_of(document.content) != document.content_hash:
            return None
        return _report(session, report, now) if report else _assessment(session, assessment, now)


def _report(session: ActorSession, report: CreditReport, now: datetime) -> Verified:
    current = build(session, report.enterprise_id, report.datasets, business_date(now))
    name = str(report.content["enterprise"]["name"])  # type: ignore[index]
    return Verified(report.number, report.issued_at, masked(name), differs(report.content, current))


def _assessment(session: ActorSession, row: CreditAssessment | None, now: datetime) -> Verified | None:
    if row is None:
        return None
    content: dict[str, Any] = row.content
    said = VerifiedScore(content["score"], content["level"], content["version"])
    changed = has_changed(session, row, business_date(now))
    return Verified(row.number, row.issued_at, masked(str(content["name"])), changed, said)
