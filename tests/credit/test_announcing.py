"""Who is told when facts of enterprises have changed."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlmodel import col, select

from xinyidai.core.db import ActorSession
from xinyidai.credit.scoring.announce import MANY, facts_changed
from xinyidai.credit.scoring.causes import Cause
from xinyidai.outbox.models import OutboxJob


@pytest.mark.parametrize(
    ("changed", "cause", "expected"),
    [
        (2, Cause.DELIVERED, {"enterprises.facts_changed": 2}),
        (MANY + 1, Cause.DELIVERED, {"enterprises.many_facts_changed": 1}),
        (MANY + 1, Cause.NIGHTLY, {}),
        (2, Cause.NIGHTLY, {"enterprises.facts_changed": 2}),
        (0, Cause.DELIVERED, {}),
    ],
)
def test_a_few_changes_are_said_one_by_one_many_at_once_and_a_nights_are_the_nights(
    session: ActorSession, now: datetime, changed: int, cause: Cause, expected: dict[str, int]
) -> None:
    facts_changed(session, [uuid4() for _ in range(changed)], cause, now)
    names = session.exec(select(OutboxJob.name).where(col(OutboxJob.name).startswith("enterprises."))).all()
    assert {name: list(names).count(name) for name in set(names)} == expected
