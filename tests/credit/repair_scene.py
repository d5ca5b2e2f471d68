"""One enterprise with delivered penalties, its member, and the clerk of the unit that delivered them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.accounts.models import User
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.file_table import StoredFile
from xinyidai.core.files import Paper, check_paper
from xinyidai.credit.models import CreditBatch
from xinyidai.credit.repair import deciding, opening
from xinyidai.credit.repair.commands import DecideCase, OpenRepair
from xinyidai.credit.repair.display_rows import fill_displays
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.types import RepairMeans
from xinyidai.enterprises.models import Enterprise

PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
UNIT = "市市场监督管理局"


def proof(name: str = "缴款凭证.pdf") -> Paper:
    return check_paper(name, PDF)


@dataclass
class Scene:
    """What a test of repairs begins with; ``now`` is 18 March 2026."""

    session: ActorSession
    factory: Factory
    now: datetime
    enterprise: Enterprise
    user: User
    clerk_user: User

    @property
    def member(self) -> Actor:
        return actor_of(self.user)

    @property
    def clerk(self) -> Actor:
        return actor_of(self.clerk_user)

    def batch(self, dataset: str = "admin_penalty", unit: str = UNIT) -> CreditBatch:
        row = CreditBatch(
            dataset=dataset, catalogue_version="test", source_unit=unit, file_name="a.csv", file_sha256="0" * 64,
            file_bytes=1, received_at=self.now, status="taken",
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.session.refresh(row)
        return row

    def record(
        self, decided_on: str, kind: str = "admin_penalty", enterprise: Enterprise | None = None, **payload: object
    ) -> UUID:
        """A record that counts, with the rules written onto it."""
        given = {"penalty_category": ["fine"], "fine_amount": "20000", "violation_type": "超范围经营", **payload}
        statement = text(
            "insert into credit_events (enterprise_id, kind, key, decided_on, document_no, payload, batch, line)"
            " values (:enterprise, :kind, :key, :day, :key, cast(:payload as jsonb), :batch, 1) returning id"
        )
        number = f"枣市监处罚〔{decided_on[:4]}〕{self.session.scalar(text('select count(*) from credit_events'))}号"
        values = {
            "enterprise": (enterprise or self.enterprise).id, "kind": kind, "key": number, "day": decided_on,
            "payload": json.dumps(given), "batch": self.batch(kind).number,
        }  # fmt: skip
        found: UUID = self.session.execute(statement, values).scalar_one()
        fill_displays(self.session, self.now)
        return found

    def figure(self, metric: int, month: str, value: str, dataset: str, unit: str) -> None:
        self.session.execute(
            text(
                "insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)"
                " values (:metric, :enterprise, :month, '', :value, :batch, 1)"
            ),
            {
                "metric": metric, "enterprise": self.enterprise.id, "month": month, "value": value,
                "batch": self.batch(dataset, unit).number,
            },
        )  # fmt: skip
        self.session.execute(
            text("insert into credit_metric_months values (:metric, :month, 1)"), {"metric": metric, "month": month}
        )

    def open(self, record_id: UUID, now: datetime | None = None) -> RepairCase:
        """A repair, opened by the enterprise itself."""
        command = OpenRepair(
            record_id=record_id, means=[RepairMeans.CORRECT], statement="已整改并缴清罚款", commitment=True
        )
        with acting(self.session, self.member):
            return opening.open_repair(self.session, self.member, command, [proof()], now or self.now)

    def grant(self, case: RepairCase, now: datetime | None = None) -> None:
        with acting(self.session, self.clerk):
            deciding.grant(self.session, self.clerk, DecideCase(case_id=case.id, note="材料齐全"), now or self.now)

    def jobs(self) -> list[str]:
        return list(self.session.scalars(text("select name from outbox_jobs order by id")))

    def messages(self) -> list[Any]:
        return list(self.session.execute(text('select kind, "values", link, enterprise_id, source_unit, for_office'
                                              " from messages order by id")))  # fmt: skip


class acting:
    """Everything inside is done, and seen, as ``actor``."""

    def __init__(self, session: ActorSession, actor: Actor) -> None:
        self._session, self._actor = session, actor

    def __enter__(self) -> ActorSession:
        self._switch(self._actor)
        return self._session

    def __exit__(self, *_error: object) -> None:
        self._switch(SYSTEM)

    def _switch(self, actor: Actor) -> None:
        self._session.flush()
        for row in list(self._session):
            if isinstance(row, RepairCase | StoredFile):
                self._session.expunge(row)  # what another has loaded must be asked of the database again
        self._session.become(actor)


def make_scene(session: ActorSession, factory: Factory, now: datetime) -> Scene:
    enterprise = factory.enterprise()
    clerk = factory.user(Role.SOURCE_CLERK, source_unit=UNIT)
    return Scene(session, factory, now, enterprise, factory.member_of(enterprise), clerk)


__all__ = ["PDF", "UNIT", "Scene", "Sessions", "acting", "make_scene", "proof"]
