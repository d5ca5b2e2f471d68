"""One enterprise with figures and records before two banks, and consents given through the service."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.models import Consent
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import current_version
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.models import CreditBatch, CreditEvent
from xinyidai.credit.sharing import share

REVENUE, TAX_TOTAL, INSURED, NORMAL_MONTHS, ENERGY = 2201, 2203, 3001, 3004, 4111


class ConsentScene:
    """The first bank has a lead of the enterprise, the second has one as well, the third has none."""

    def __init__(self, factory: Factory, sessions: Sessions, now: datetime) -> None:
        self.factory, self.sessions, self.now, self.today = factory, sessions, now, business_date(now)
        self.enterprise = factory.enterprise()
        self.need = factory.need(self.enterprise)
        self.member_user = factory.member_of(self.enterprise)
        self.member = actor_of(self.member_user)
        self.banks = [factory.institution(), factory.institution(), factory.institution()]
        self.officer_users = [factory.officer_of(bank) for bank in self.banks]
        self.officers = [actor_of(user) for user in self.officer_users]
        self.products = [factory.product(bank) for bank in self.banks]
        self.leads = [factory.lead(self.need, product) for product in self.products[:2]]
        factory.session.commit()

    def month(self, back: int) -> date:
        """The first day of the month so many months before the one that runs."""
        index = self.today.year * 12 + self.today.month - 1 - back
        return date(index // 12, index % 12 + 1, 1)

    def deliver(self, dataset: str, *, days_ago: int = 1, unit: str = "市税务局") -> CreditBatch:
        """That a data set came for the city: without it, nothing on a list means nothing."""
        batch = CreditBatch(
            dataset=dataset,
            catalogue_version="test",
            source_unit=unit,
            file_name=f"{dataset}.csv",
            file_sha256=dataset,
            file_bytes=1,
            received_at=self.now - timedelta(days=days_ago),
            status="taken",
        )
        self.factory.session.add(batch)
        self.factory.session.commit()
        return batch

    def figure(
        self, metric: int, back: int, value: float, *, part: str = "", enterprise_id: UUID | None = None
    ) -> None:
        self.factory.session.execute(
            text(
                "insert into credit_observations (metric, enterprise_id, month, part, value, batch, line)"
                " values (:metric, :enterprise, :month, :part, :value, 1, 1)"
            ),
            {
                "metric": metric,
                "enterprise": enterprise_id or self.enterprise.id,
                "month": self.month(back),
                "part": part,
                "value": Decimal(str(value)),
            },
        )
        self.factory.session.commit()

    def figures(self, metric: int, values: list[float | None], *, back: int = 1) -> None:
        """One value a month, the newest first, from ``back`` months ago; None is a gap."""
        for position, value in enumerate(values):
            if value is not None:
                self.figure(metric, back + position, value)

    def event(self, kind: str, *, key: str = "1", on: date | None = None, **fields: object) -> CreditEvent:
        values: dict[str, object] = {"payload": {}, "batch": 1, "line": 1, **fields}
        row = CreditEvent(
            enterprise_id=self.enterprise.id, kind=kind, key=key, decided_on=on or self.month(2), **values
        )
        self.factory.session.add(row)
        self.factory.session.commit()
        return row

    def command(self, *datasets: str, bank: int | None = 0, **fields: object) -> GiveConsent:
        return GiveConsent(
            **{
                "institution_id": None if bank is None else self.banks[bank].id,
                "purpose": ConsentPurpose.RANKING if bank is None else ConsentPurpose.FINANCING,
                "datasets": datasets,
                "valid_until": self.today + timedelta(days=90),
                "wording_version": current_version(self.today),
                "agreed": True,
                **fields,
            }
        )

    def give(self, *datasets: str, bank: int | None = 0, **fields: object) -> Consent:
        """``bank`` None is the platform's ranking."""
        with self.sessions.as_(self.member) as session:
            consent = share(session, self.member, self.command(*datasets, bank=bank, **fields), self.now)
            session.commit()
            return consent

    def seen_by(self, actor: Actor) -> tuple[set[int], set[str]]:
        """Metrics and kinds of records of the enterprise that the database shows this actor."""
        with self.sessions.as_(actor) as session:
            return metrics_of(session, self.enterprise.id), kinds_of(session, self.enterprise.id)


def metrics_of(session: ActorSession, enterprise_id: UUID) -> set[int]:
    statement = text("select distinct metric from credit_observations where enterprise_id = :id")
    return set(session.connection().scalars(statement, {"id": enterprise_id}))


def kinds_of(session: ActorSession, enterprise_id: UUID) -> set[str]:
    statement = text("select distinct kind from credit_events where enterprise_id = :id")
    return set(session.connection().scalars(statement, {"id": enterprise_id}))
