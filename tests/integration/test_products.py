"""From an officer's draft to a version on sale, and everything after it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from matching import check_product
from tests.conftest import Sessions
from tests.factories import Factory, actor_of, some_id
from xinyidai.audit.models import AuditEntry
from xinyidai.core.actor import GUEST, SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession, explain_constraint
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import use_locale
from xinyidai.core.paging import ListRequest
from xinyidai.core.validation import parse
from xinyidai.products.commands import DraftProduct, WholeProduct
from xinyidai.products.listings import CatalogueFilter, catalogue, catalogue_size, own_products
from xinyidai.products.models import Product, ProductVersion
from xinyidai.products.queries import ProductOnSale, own_product_detail, product_detail, products_on_sale
from xinyidai.products.service import (
    discard_draft,
    draft_mark,
    draft_product,
    publish_product,
    publish_whole_product,
    save_draft,
    start_new_version,
    withdraw_product,
)
from xinyidai.products.types import ProductStatus

T = TypeVar("T")

TERMS: dict[str, Any] = {
    "name": "税易贷",
    "description": "面向按时纳税的小微企业。",
    "amount_min_wan": "10",
    "amount_max_wan": "500",
    "term_min": "3",
    "term_max": "36",
    "rate_min": "3.45",
    "rate_max": "5.2",
    "guarantees": ["credit", "guarantee"],
    "repayment_modes": ["equal_instalment", "revolving"],
    "decision_days": "5",
    "materials": "营业执照\n\n 近三个月流水 \n营业执照",
    "criteria": [
        {"fact": "region", "op": "prefix_in", "value": ["3704"]},
        {"fact": "months_in_business", "op": ">=", "value": 24},
    ],
}


def terms(**changed: Any) -> DraftProduct:
    return parse(DraftProduct, {**TERMS, **changed})


class Bank:
    """One institution with an officer and a manager. Everybody acts in a transaction of their own."""

    def __init__(self, factory: Factory, sessions: Sessions) -> None:
        self.institution = factory.institution(code="ZZYH", name="枣庄测试银行", name_pinyin="zao3 zhuang1")
        self.officer = actor_of(factory.officer_of(self.institution))
        self.manager = actor_of(factory.officer_of(self.institution, Role.INSTITUTION_MANAGER))
        self.rival = actor_of(factory.officer_of(factory.institution(), Role.INSTITUTION_MANAGER))
        factory.session.commit()
        self._sessions = sessions

    def act(self, service: Callable[..., T], actor: Actor, *given: Any, **named: Any) -> T:
        with self._sessions.as_(actor) as session:
            done = service(session, actor, *given, **named)
            session.commit()
            return done

    def see(self, actor: Actor, query: Callable[..., T], *given: Any, **named: Any) -> T:
        with self._sessions.as_(actor) as session:
            return query(session, *given, **named)

    def on_sale(self) -> list[ProductOnSale]:
        return self.see(SYSTEM, products_on_sale)

    def draft(self, now: datetime, **changed: Any) -> UUID:
        return self.act(draft_product, self.officer, terms(**changed), now).product_id

    def publish(self, product_id: UUID, now: datetime) -> ProductVersion:
        return self.act(publish_product, self.manager, product_id, now)

    def sell(self, now: datetime, **changed: Any) -> UUID:
        product_id = self.draft(now, **changed)
        self.publish(product_id, now)
        return product_id

    def rewrite(self, product_id: UUID, now: datetime, **changed: Any) -> ProductVersion:
        """A new version, drafted and published."""
        self.act(start_new_version, self.officer, product_id, now)
        self.act(save_draft, self.officer, product_id, terms(**changed), now)
        return self.publish(product_id, now)


@pytest.fixture
def bank(factory: Factory, sessions: Sessions) -> Bank:
    return Bank(factory, sessions)


def test_an_officer_drafts_and_a_manager_puts_it_on_sale(bank: Bank, session: ActorSession, now: datetime) -> None:
    product_id = bank.draft(now)
    assert bank.on_sale() == []
    with pytest.raises(Forbidden):
        bank.act(publish_product, bank.officer, product_id, now)
    bank.publish(product_id, now)
    (on_sale,) = bank.on_sale()
    assert check_product(on_sale.record) == []
    assert on_sale.record == {
        "id": str(product_id),
        "institution": str(bank.institution.id),
        "name": "税易贷",
        "amount": {"min": 100_000, "max": 5_000_000},
        "term": {"min": 3, "max": 36},
        "annual_rate": {"min": 3.45, "max": 5.2},
        "guarantees": ["credit", "guarantee"],
        "decision_days": 5,
        "criteria": TERMS["criteria"],
    }
    product = session.get_one(Product, product_id)
    assert (product.code, product.current_version_id) == ("ZZYH-001", on_sale.version_id)
    version = session.get_one(ProductVersion, on_sale.version_id)
    assert (version.published_by, version.drafted_by) == (bank.manager.user_id, bank.officer.user_id)
    assert version.materials == ["营业执照", "近三个月流水"]
    actions = session.exec(select(AuditEntry.action).where(AuditEntry.subject_kind == "product")).all()
    assert sorted(actions) == ["product.drafted", "product.published"]


def test_each_publication_is_a_new_version_and_old_ones_stay_readable(bank: Bank, now: datetime) -> None:
    product_id = bank.sell(now)
    later = now + timedelta(days=30)
    shorter = {"fact": "months_in_business", "op": ">=", "value": 12}
    graded = {"fact": "tax_grade", "op": "in", "value": ["A"]}
    bank.rewrite(product_id, later, rate_min="3.2", materials="营业执照", criteria=[shorter, graded])
    with use_locale("en"):
        current = bank.see(GUEST, product_detail, product_id)
        old = bank.see(GUEST, product_detail, product_id, number=1)
    assert current.published
    assert old.published
    assert (current.published.number, current.published.rate_min) == (2, Decimal("3.2"))
    assert (old.published.rate_min, old.published.state) == (Decimal("3.45"), "superseded")
    assert [line.number for line in current.history] == [2, 1]
    assert [change.text for change in current.history[0].differences] == [
        "Annual rate: 3.45% to 5.2% → 3.2% to 5.2%",
        "Condition: in business for at least 24 months → in business for at least 12 months",
        "Condition dropped: registered in 枣庄市",
        "Condition added: tax credit grade: A",
        "Paper dropped: 近三个月流水",
    ]


def test_a_draft_is_seen_by_its_own_institution_only(bank: Bank, now: datetime) -> None:
    product_id = bank.sell(now)
    bank.act(start_new_version, bank.officer, product_id, now)
    for stranger in (GUEST, bank.rival):
        assert [line.number for line in bank.see(stranger, product_detail, product_id).history] == [1]
        with pytest.raises(NotFound):
            bank.see(stranger, product_detail, product_id, number=2)
        with pytest.raises(NotFound):
            bank.see(stranger, own_product_detail, stranger.institution_id, product_id)
    own = bank.see(bank.manager, own_product_detail, bank.institution.id, product_id)
    assert own.draft
    assert own.draft.number == 2
    assert own.draft_differences == []


def test_a_draft_of_others_is_invisible_even_to_a_query_without_filters(bank: Bank, now: datetime) -> None:
    bank.draft(now)
    everything = select(ProductVersion.id)
    seen = {actor: bank.see(actor, lambda session: session.exec(everything).all()) for actor in (GUEST, bank.rival)}
    assert set(map(tuple, seen.values())) == {()}


def test_nobody_touches_the_products_of_another_institution(bank: Bank, now: datetime) -> None:
    product_id = bank.sell(now)
    for service in (start_new_version, publish_product, withdraw_product, discard_draft):
        with pytest.raises(NotFound):
            bank.act(service, bank.rival, product_id, now)
    with pytest.raises(NotFound):
        bank.act(save_draft, bank.rival, product_id, terms(), now)
    with pytest.raises(NotFound):
        bank.act(withdraw_product, bank.rival, some_id(), now)
    command = parse(WholeProduct, {**TERMS, "institution_id": str(bank.institution.id)})
    with pytest.raises(Forbidden):
        bank.act(publish_whole_product, bank.rival, command, now)


def test_a_manager_never_publishes_a_draft_unread(bank: Bank, now: datetime) -> None:
    draft = bank.act(draft_product, bank.officer, terms(), now)
    read = draft_mark(draft)
    later = now + timedelta(minutes=1)
    bank.act(save_draft, bank.officer, draft.product_id, terms(rate_max="9"), later, seen=read)
    with pytest.raises(Conflict):
        bank.act(publish_product, bank.manager, draft.product_id, later, seen=read)
    with pytest.raises(Conflict):
        bank.act(save_draft, bank.manager, draft.product_id, terms(), later, seen=read)


def test_a_withdrawn_product_leaves_the_catalogue_stays_readable_and_can_return(bank: Bank, now: datetime) -> None:
    product_id = bank.sell(now)
    with pytest.raises(Forbidden):
        bank.act(withdraw_product, bank.officer, product_id, now)
    bank.act(withdraw_product, bank.manager, product_id, now)
    assert bank.on_sale() == []
    assert bank.see(GUEST, product_detail, product_id).status == "withdrawn"
    assert bank.see(GUEST, catalogue_size).products == 0
    with pytest.raises(Conflict):
        bank.act(withdraw_product, bank.manager, product_id, now)
    again = bank.rewrite(product_id, now)
    assert (again.version, again.state) == (2, "published")
    assert len(bank.on_sale()) == 1


def test_one_draft_at_a_time_and_it_can_be_thrown_away(bank: Bank, session: ActorSession, now: datetime) -> None:
    product_id = bank.sell(now)
    with pytest.raises(Conflict):
        bank.act(discard_draft, bank.officer, product_id, now)
    copy = bank.act(start_new_version, bank.officer, product_id, now)
    assert (copy.criteria, copy.rate_min, copy.materials) == (
        TERMS["criteria"],
        Decimal("3.45"),
        ["营业执照", "近三个月流水"],
    )
    with pytest.raises(Conflict):
        bank.act(start_new_version, bank.officer, product_id, now)
    bank.act(discard_draft, bank.officer, product_id, now)
    bank.act(discard_draft, bank.officer, bank.draft(now, name="未发布"), now)
    assert session.exec(select(Product.code, Product.status)).all() == [("ZZYH-001", "published")]


def test_the_database_itself_allows_one_published_version(bank: Bank, session: ActorSession, now: datetime) -> None:
    product_id = bank.sell(now)
    first = session.exec(select(ProductVersion).where(ProductVersion.product_id == product_id)).one()
    session.add(ProductVersion(**first.model_dump(exclude={"id", "version"}), version=2))
    with pytest.raises(IntegrityError, match="uq_product_versions_one_published"):
        session.flush()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("amount_min_wan", "0"),
        ("amount_max_wan", "9"),
        ("amount_max_wan", "many"),
        ("term_max", "2"),
        ("term_max", "12.5"),
        ("rate_max", "3"),
        ("rate_min", "3.45678"),
        ("guarantees", []),
        ("guarantees", ["promise"]),
        ("repayment_modes", []),
        ("decision_days", "0"),
        ("materials", "长" * 101),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        terms(**{field: value})
    assert list(refused.value.fields) == [field]


def test_a_wrong_condition_is_refused_at_its_row_and_nothing_is_written(
    bank: Bank, session: ActorSession, now: datetime
) -> None:
    wrong = [*TERMS["criteria"], {"fact": "shoe_size", "op": ">=", "value": 3}]
    with pytest.raises(InvalidInput) as refused:
        bank.draft(now, criteria=wrong)
    assert list(refused.value.fields) == ["criteria-2"]
    assert session.exec(select(Product.id)).all() == []


def test_a_whole_product_goes_on_sale_at_once(bank: Bank, now: datetime) -> None:
    bank.act(publish_whole_product, bank.manager, parse(WholeProduct, TERMS), now)
    by_platform = parse(WholeProduct, {**TERMS, "institution_id": str(bank.institution.id), "code": "ZZYH-SYD"})
    bank.act(publish_whole_product, SYSTEM, by_platform, now)
    with pytest.raises(IntegrityError) as taken:
        bank.act(publish_whole_product, SYSTEM, by_platform, now)
    assert list(explain_constraint(taken.value).fields) == ["code"]
    with pytest.raises(Forbidden):
        bank.act(publish_whole_product, bank.officer, parse(WholeProduct, TERMS), now)
    assert len(bank.on_sale()) == 2


def test_products_of_an_institution_that_left_are_not_on_sale(bank: Bank, session: ActorSession, now: datetime) -> None:
    bank.sell(now)
    bank.institution.active = False
    session.add(bank.institution)
    session.commit()
    assert bank.on_sale() == []
    assert bank.see(GUEST, catalogue, ListRequest(), CatalogueFilter()).total == 0


FITS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["便宜贷", "快贷", "大额贷"]),
    ({"amount": "300"}, ["大额贷"]),
    ({"term": "48"}, ["大额贷"]),
    ({"max_rate": "4"}, ["便宜贷", "快贷"]),
    ({"guarantee": "mortgage"}, ["大额贷"]),
    ({"kind": "pawnshop"}, ["快贷"]),
    ({"amount": "300", "max_rate": "4"}, []),
]


@pytest.fixture
def shelf(factory: Factory) -> None:
    bank = factory.institution(name="枣庄银行", name_pinyin="zao3 zhuang1 yin2 hang2")
    pawn = factory.institution(name="鲁南典当", name_pinyin="lu3 nan2 dian3 dang4", kind="pawnshop")
    factory.product(bank, name="便宜贷", name_pinyin="pian2 yi2 dai4", rate_min="3.1", amount_max=1_000_000)
    factory.product(pawn, name="快贷", name_pinyin="kuai4 dai4", rate_min="3.9", decision_days=1, amount_max=200_000)
    factory.product(
        bank,
        name="大额贷",
        name_pinyin="da4 e2 dai4",
        rate_min="4.5",
        amount_max=50_000_000,
        term_max=60,
        guarantees=["mortgage"],
    )
    factory.product(bank, name="草稿贷", name_pinyin="cao3 gao3 dai4", state="draft", published_at=None)
    factory.session.commit()


def names(session: ActorSession, asked: ListRequest, **chosen: Any) -> list[str]:
    return [row.name for row in catalogue(session, asked, parse(CatalogueFilter, chosen)).rows]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(("chosen", "expected"), FITS)
def test_the_catalogue_shows_what_fits(session: ActorSession, chosen: dict[str, Any], expected: list[str]) -> None:
    assert names(session, ListRequest(), **chosen) == expected


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("speed", ["快贷", "便宜贷", "大额贷"]),
        ("-amount", ["大额贷", "便宜贷", "快贷"]),
        ("name", ["大额贷", "快贷", "便宜贷"]),
        ("no such column; drop table products", ["便宜贷", "快贷", "大额贷"]),
    ],
)
def test_the_catalogue_sorts_by_declared_columns(session: ActorSession, sort: str, expected: list[str]) -> None:
    assert names(session, ListRequest(sort=sort)) == expected


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("便宜", ["便宜贷"]),
        ("kuaidai", ["快贷"]),
        ("lunan", ["快贷"]),
        ("枣庄 大额", ["大额贷"]),
        ("100%", []),
        ("_", []),
    ],
)
def test_the_search_reads_names_and_pinyin(session: ActorSession, search: str, expected: list[str]) -> None:
    assert names(session, ListRequest(search=search)) == expected


def test_own_products_show_the_terms_in_force_and_that_a_draft_waits(bank: Bank, now: datetime) -> None:
    product_id = bank.sell(now)
    bank.act(start_new_version, bank.officer, product_id, now)
    bank.act(save_draft, bank.officer, product_id, terms(name="税易贷2.0"), now)
    bank.draft(now, name="新品")
    asked = ListRequest(sort="code")
    listing = bank.see(bank.officer, own_products, bank.institution.id, asked)
    assert [(row.name, row.status, row.has_draft) for row in listing.rows] == [
        ("税易贷", "published", True),
        ("新品", "draft", True),
    ]
    on_sale = bank.see(bank.officer, own_products, bank.institution.id, asked, ProductStatus.PUBLISHED)
    assert [row.code for row in on_sale.rows] == ["ZZYH-001"]
