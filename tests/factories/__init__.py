"""Makes what a test needs, one row at a time, with plain defaults that a test overrides by name."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session

from xinyidai.accounts.models import User
from xinyidai.accounts.passwords import hash_password
from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Actor, Role
from xinyidai.core.usci import synthetic
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.needs.models import Need
from xinyidai.products.models import Product, ProductVersion

PASSWORD = "correct horse battery"
_PASSWORD_HASH = hash_password(PASSWORD)


class Factory:
    """Writes rows through ``session`` (the platform's own) at the moment ``now``."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self._count = 0

    def _save(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def _next(self) -> int:
        self._count += 1
        return self._count

    def enterprise(self, **fields: Any) -> Enterprise:
        number = self._next()
        defaults = {
            "usci": synthetic("370402", number),
            "subject_kind": "enterprise",
            "name": f"枣庄测试面条有限公司{number}",
            "name_pinyin": f"zaozhuang ceshi {number:04}",
            "registration_status": "operating",
            "registered_on": date(2020, 1, 15),
            "region_code": "370402",
            "industry_code": "C1431",
            "employees": 30,
            "revenue": Decimal(800),
            "size_class": "small",
            "created_at": self.now,
            "updated_at": self.now,
        }
        row: Enterprise = self._save(Enterprise(**{**defaults, **fields}))
        return row

    def institution(self, **fields: Any) -> Institution:
        number = self._next()
        defaults = {
            "code": f"BANK{number:03}",
            "name": f"测试银行{number}",
            "name_pinyin": f"ceshi yinhang {number:04}",
            "kind": "city_bank",
            "created_at": self.now,
        }
        row: Institution = self._save(Institution(**{**defaults, **fields}))
        return row

    def product(self, institution: Institution, **fields: Any) -> ProductVersion:
        """A product on sale; answers its published version."""
        number = self._next()
        product: Product = self._save(
            Product(institution_id=institution.id, code=f"P{number:04}", created_at=self.now, updated_at=self.now)
        )
        defaults = {
            "product_id": product.id,
            "institution_id": institution.id,
            "version": 1,
            "state": "published",
            "name": f"税易贷{number}",
            "name_pinyin": f"shuiyidai {number:04}",
            "amount_min": Decimal(100_000),
            "amount_max": Decimal(5_000_000),
            "term_min": 3,
            "term_max": 36,
            "rate_min": Decimal("3.45"),
            "rate_max": Decimal("5.2"),
            "guarantees": ["credit", "guarantee"],
            "repayment_modes": ["equal_instalment"],
            "decision_days": 5,
            "materials": ["营业执照"],
            "criteria": [],
            "drafted_at": self.now,
            "published_at": self.now,
        }
        version: ProductVersion = self._save(ProductVersion(**{**defaults, **fields}))
        if version.state == "published":
            product.status, product.current_version_id = "published", version.id
            self._save(product)
        return version

    def need(self, enterprise: Enterprise, **fields: Any) -> Need:
        """A posted need."""
        number = self._next()
        defaults = {
            "enterprise_id": enterprise.id,
            "number": f"T{number:08}",
            "status": "published",
            "created_at": self.now,
            "updated_at": self.now,
            "posted_at": self.now,
            "region_code": enterprise.region_code,
            "amount": Decimal(800_000),
            "term_months": 12,
            "purpose": "working_capital",
            "guarantees": ["guarantee"],
            "has_existing_loans": False,
            "applicant_role": "legal_rep",
            "truth_stated_at": self.now,
        }
        row: Need = self._save(Need(**{**defaults, **fields}))
        return row

    def lead(self, need: Need, version: ProductVersion, **fields: Any) -> Lead:
        """A lead that waits for its answer."""
        defaults = {
            "need_id": need.id,
            "enterprise_id": need.enterprise_id,
            "institution_id": version.institution_id,
            "product_id": version.product_id,
            "product_version_id": version.id,
            "region_code": need.region_code,
            "status": "sent",
            "sent_at": self.now,
            "respond_by": (self.now + timedelta(days=5)).date(),
            "updated_at": self.now,
        }
        row: Lead = self._save(Lead(**{**defaults, **fields}))
        return row

    def user(self, role: Role, **fields: Any) -> User:
        """Somebody who can log in with ``PASSWORD``."""
        number = self._next()
        defaults = {
            "username": f"user{number}",
            "password_hash": _PASSWORD_HASH,
            "display_name": f"测试用户{number}",
            "role": role.value,
            "created_at": self.now,
        }
        if role is Role.SOURCE_CLERK:
            defaults["source_unit"] = "市税务局"
        row: User = self._save(User(**{**defaults, **fields}))
        return row

    def member_of(self, enterprise: Enterprise) -> User:
        return self.user(Role.ENTERPRISE_MEMBER, enterprise_id=enterprise.id)

    def officer_of(self, institution: Institution, role: Role = Role.INSTITUTION_OFFICER) -> User:
        return self.user(role, institution_id=institution.id)


def actor_of(user: User) -> Actor:
    """The actor that this account logs in as."""
    return CurrentUser(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=Role(user.role),
        organisation_name="",
        enterprise_id=user.enterprise_id,
        institution_id=user.institution_id,
        region=user.region,
    ).actor


def some_id() -> UUID:
    """An id that no row has."""
    return uuid4()
