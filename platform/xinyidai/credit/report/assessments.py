"""The platform's own assessment as an issued document: frozen as it was, so that it can be verified later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from xinyidai.audit.service import record as audit
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden
from xinyidai.core.i18n import N_
from xinyidai.credit.indicators import State, scorecard
from xinyidai.credit.indicators.compute import current_context
from xinyidai.credit.report.documents import keep, own
from xinyidai.credit.report.models import CreditAssessment
from xinyidai.credit.scoring.queries import ScoreSheet, score_of, sheet_of
from xinyidai.credit.scoring.scorecard import Part, Score
from xinyidai.enterprises.models import Enterprise


@dataclass(frozen=True, slots=True)
class OpenedAssessment:
    """``changed``: score, level or vetoes are others today."""

    number: str
    code: str
    issued_at: datetime
    name: str
    enterprise_code: str | None
    sheet: ScoreSheet
    changed: bool


def issue_assessment(session: ActorSession, actor: Actor, city_region: str, now: datetime) -> CreditAssessment:
    """Over everything that is known of the enterprise. Raises Conflict before the first computation."""
    if actor.enterprise_id is None:
        raise Forbidden()
    today = business_date(now)
    with as_platform(session):
        found = score_of(session, actor.enterprise_id, None, today)
        if found is None:
            raise Conflict(N_("Nothing has been computed yet. Please come back tomorrow."))
        delivered = current_context(session, today).delivered_on
        content = _frozen(found, session.get_one(Enterprise, actor.enterprise_id), delivered)
    row = keep(session, actor, CreditAssessment, actor.enterprise_id, content, city_region, now)
    audit(session, actor, "assessment.issued", "credit_assessment", row.id, now, number=row.number)
    return row


def open_assessment(session: ActorSession, actor: Actor, assessment_id: UUID, now: datetime) -> OpenedAssessment:
    """As it was issued. Raises NotFound also for somebody else's."""
    row = own(session, actor, CreditAssessment, assessment_id)
    content: Mapping[str, Any] = row.content
    delivered = {code: date.fromisoformat(day) for code, day in content["delivered"].items()}
    return OpenedAssessment(
        number=row.number,
        code=row.code,
        issued_at=row.issued_at,
        name=content["name"],
        enterprise_code=content["code"],
        sheet=sheet_of(_thawed(content), delivered),
        changed=has_changed(session, row, business_date(now)),
    )


def has_changed(session: ActorSession, row: CreditAssessment, today: date) -> bool:
    """Whether the enterprise would be assessed otherwise today."""
    with as_platform(session):
        current = score_of(session, row.enterprise_id, None, today)
    return current is None or [current.score, current.level, _numbers(current.vetoes)] != [
        row.content["score"], row.content["level"], row.content["vetoes"]
    ]  # fmt: skip


def _numbers(parts: tuple[Part, ...]) -> list[int]:
    return [part.indicator.number for part in parts]


def _frozen(found: Score, enterprise: Enterprise, delivered: Mapping[str, date]) -> dict[str, Any]:
    """``parts``: in the order of the indicators, each [state, value, date, points]."""
    return {
        "name": enterprise.name,
        "code": enterprise.usci or enterprise.internal_code,
        "version": found.version,
        "as_of": found.as_of.isoformat(),
        "score": found.score,
        "level": found.level,
        "coverage": str(found.coverage),
        "vetoes": _numbers(found.vetoes),
        "parts": [
            [
                int(part.state),
                None if part.value is None else f"{part.value:f}",
                part.date.isoformat() if part.date else None,
                part.points,
            ]
            for part in found.parts
        ],
        "delivered": {code: day.isoformat() for code, day in sorted(delivered.items())},
    }


def _thawed(content: Mapping[str, Any]) -> Score:
    """Points as they were counted; only the names of the indicators are those of the scorecard in force."""
    parts = tuple(
        Part(
            indicator,
            State(state),
            None if value is None else Decimal(value),
            date.fromisoformat(day) if day else None,
            points,
        )
        for indicator, (state, value, day, points) in zip(scorecard().indicators, content["parts"], strict=True)
    )
    return Score(
        version=content["version"],
        as_of=date.fromisoformat(content["as_of"]),
        parts=parts,
        vetoes=tuple(part for part in parts if part.indicator.number in content["vetoes"]),
        score=content["score"],
        level=content["level"],
        coverage=Decimal(content["coverage"]),
    )
