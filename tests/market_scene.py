"""A need in a market: four banks whose products fit it, the office, and a rule that passes quiet needs on."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from matching import WEIGHTS_VERSION
from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.clock import business_date
from xinyidai.leads.models import DispatchRule, MatchResult, MatchRun, ProductSet
from xinyidai.leads.service import ApplyToProducts, apply_to_products
from xinyidai.lending.models import RiskPool
from xinyidai.needs.models import Need

BANKS = 4
ASKED = 2
"""The enterprise applies to so many; the others may come by themselves, or be sent."""


class MarketScene(LendingScene):
    """What ``LendingScene`` has, with a ranking behind it, so that leads come about as they do in life."""

    def __init__(self, factory: Factory, sessions: Sessions, now: datetime, *, agreed: bool = True) -> None:
        self.sessions, self.now, self.today = sessions, now, business_date(now)
        self.enterprise = factory.enterprise()
        self.need: Need = factory.need(self.enterprise, open_to_claims=agreed)
        self.member_user = factory.member_of(self.enterprise)
        self.member = actor_of(self.member_user)
        self.banks = [factory.institution() for _ in range(BANKS)]
        self.officer_users = [factory.officer_of(bank) for bank in self.banks]
        self.officers = [actor_of(user) for user in self.officer_users]
        self.managers = [actor_of(factory.officer_of(bank, Role.INSTITUTION_MANAGER)) for bank in self.banks]
        self.manager = self.managers[0]
        self.stranger = actor_of(factory.member_of(factory.enterprise()))
        self.staff = actor_of(factory.user(Role.OFFICE_STAFF))
        self.products = [factory.product(bank) for bank in self.banks]
        self._rank(factory)
        self.guarantor = factory.institution(kind="guarantor")
        self.pool = RiskPool(
            name=f"资金池 {self.need.number}",
            capital=Decimal(10_000_000),
            ratio_cap=Decimal(30),
            valid_from=date(2026, 1, 1),
            source="测试",
            created_at=now,
        )
        factory.session.add(self.pool)
        if factory.session.exec(select(DispatchRule)).first() is None:
            factory.session.add(
                DispatchRule(valid_from=date(2026, 1, 1), top=1, quiet_working_days=2, made_at=now, note="测试")
            )
        factory.session.commit()
        with sessions.as_(self.member) as session:
            asked = tuple(version.product_id for version in self.products[:ASKED])
            command = ApplyToProducts(product_ids=asked, reroute=agreed)
            self.leads = apply_to_products(session, self.member, self.need.id, command, now, answer_days=3)
            session.commit()

    def _rank(self, factory: Factory) -> None:
        session = factory.session
        products = ProductSet(content_hash=f"of {self.need.id}", records=[], created_at=self.now)
        session.add(products)
        session.flush()
        run = MatchRun(
            need_id=self.need.id,
            enterprise_id=self.enterprise.id,
            as_of=self.today,
            weights_version=WEIGHTS_VERSION,
            need_record={},
            product_set_id=products.id,
            eligible=BANKS,
            conditional=0,
            ineligible=0,
            finished_at=self.now,
        )
        session.add(run)
        session.flush()
        session.add_all(
            MatchResult(
                match_run_id=run.id,
                enterprise_id=self.enterprise.id,
                institution_id=version.institution_id,
                product_id=version.product_id,
                product_version_id=version.id,
                rank=rank,
                verdict="eligible",
                score=90.0 - rank,
                contributions={},
                failed=[],
            )
            for rank, version in enumerate(self.products, start=1)
        )
        session.flush()

    def product_ids(self) -> list[UUID]:
        return [version.product_id for version in self.products]

    def system(self):  # type: ignore[no-untyped-def]
        return self.sessions.as_(SYSTEM)
