"""Needs that are ranked, lenders with officers and managers, and the office: what tests of leads begin with."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from matching import WEIGHTS_VERSION
from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.leads.models import Lead, LeadClockStep, MatchResult, MatchRun, ProductSet
from xinyidai.messages.models import Message
from xinyidai.needs.models import Need


class LeadsScene:
    """``banks`` lenders with a product each, ranked for one need in their order; nothing is asked yet."""

    def __init__(self, factory: Factory, sessions: Sessions, now: datetime, *, banks: int = 4, **need: object) -> None:
        self.factory, self.sessions, self.now = factory, sessions, now
        self.enterprise = factory.enterprise()
        self.member_user = factory.member_of(self.enterprise)
        self.member = actor_of(self.member_user)
        self.banks = [factory.institution() for _ in range(banks)]
        self.officer_users = [factory.officer_of(bank) for bank in self.banks]
        self.officers = [actor_of(user) for user in self.officer_users]
        self.manager_user = factory.officer_of(self.banks[0], Role.INSTITUTION_MANAGER)
        self.manager = actor_of(self.manager_user)
        self.staff_user = factory.user(Role.OFFICE_STAFF)
        self.staff = actor_of(self.staff_user)
        self.products = [factory.product(bank) for bank in self.banks]
        self.need = self.ranked_need(**need)
        factory.session.commit()

    def ranked_need(self, **fields: object) -> Need:
        """Another need of a business of its own, unless one is named, with its ranking."""
        owner = fields.pop("enterprise", None) or self.enterprise
        contact = {"contact_name": "王小明", "contact_phone": "13800000000"}
        need = self.factory.need(owner, **{**contact, **fields})
        run = self._run(need)
        for rank, version in enumerate(self.products, start=1):
            self.factory.session.add(
                MatchResult(
                    match_run_id=run.id,
                    enterprise_id=need.enterprise_id,
                    institution_id=version.institution_id,
                    product_id=version.product_id,
                    product_version_id=version.id,
                    rank=rank,
                    verdict="eligible",
                    score=90.0 - rank,
                    contributions={},
                    failed=[],
                )
            )
        self.factory.session.flush()
        return need

    def _run(self, need: Need) -> MatchRun:
        session = self.factory.session
        products = session.exec(select(ProductSet)).first()
        if products is None:
            products = ProductSet(content_hash="of the tests", records=[], created_at=self.now)
            session.add(products)
            session.flush()
        run = MatchRun(
            need_id=need.id,
            enterprise_id=need.enterprise_id,
            as_of=date(2026, 3, 18),
            weights_version=WEIGHTS_VERSION,
            need_record={},
            product_set_id=products.id,
            eligible=len(self.products),
            conditional=0,
            ineligible=0,
            finished_at=self.now,
        )
        session.add(run)
        session.flush()
        return run

    def lead(self, bank: int = 0, **fields: object) -> UUID:
        """A lead before this bank, as if the enterprise had applied."""
        lead = self.factory.lead(self.need, self.products[bank], **fields)
        self.factory.session.commit()
        return lead.id

    def status(self, lead_id: UUID) -> str:
        return self.stored(lead_id).status

    def stored(self, lead_id: UUID) -> Lead:
        with self.sessions.as_(SYSTEM) as session:
            return session.exec(select(Lead).where(Lead.id == lead_id)).one()

    def leads(self) -> list[Lead]:
        with self.sessions.as_(SYSTEM) as session:
            return list(session.exec(select(Lead).order_by(Lead.id)))

    def messages(self, prefix: str = "leads.") -> list[str]:
        """Kinds of what was said, in order."""
        with self.sessions.as_(SYSTEM) as session:
            kinds = session.exec(select(Message.kind).order_by(Message.created_at, Message.id))
            return [kind for kind in kinds if kind.startswith(prefix)]

    def steps(self) -> list[tuple[str, str, int]]:
        """Clock, step and number of every mark, in order."""
        with self.sessions.as_(SYSTEM) as session:
            rows = session.exec(select(LeadClockStep).order_by(LeadClockStep.at, LeadClockStep.id))
            return [(row.clock, row.step, row.number) for row in rows]

    def as_(self, actor: Actor) -> "Acting":
        return Acting(self.sessions, actor)

    def on(self, day: date) -> datetime:
        """Ten in the morning in Shanghai on this day."""
        return self.now + timedelta(days=(day - date(2026, 3, 18)).days)


class Acting:
    """A session that commits what was done in it."""

    def __init__(self, sessions: Sessions, actor: Actor) -> None:
        self._session = sessions.as_(actor)

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self._session.__enter__()

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._session.commit()
        self._session.close()


AMOUNT = Decimal(800_000)
