"""What the description of the interface promises, and what is answered to requests that keep to nothing."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.api.conftest import Program, token_of
from tests.api.test_lender import line, offer
from tests.factories import Factory, actor_of
from tests.lending_scene import LendingScene
from xinyidai.enterprises.models import Enterprise
from xinyidai.lending.models import RiskPool


class Described:
    """Answers held against the OpenAPI document: the status must be listed, and the body must fit its schema."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.document = client.get("/api/v1/openapi.json").json()

    def check(self, method: str, path: str, answer: Any) -> Any:
        said = self.document["paths"][f"/api/v1{path}"][method]["responses"]
        assert str(answer.status_code) in said, f"{method} {path} answered {answer.status_code}: {answer.text}"
        content = said[str(answer.status_code)]["content"]
        schema = content[answer.headers["content-type"].partition(";")[0]]["schema"]
        assert schema, f"{method} {path} says nothing about its answer"
        whole = {**schema, "components": self.document["components"]}
        jsonschema.validate(answer.json(), whole, jsonschema.Draft202012Validator)
        return answer.json()


@pytest.fixture
def described(client: TestClient[Litestar]) -> Described:
    return Described(client)


def payout(scene: LendingScene, **fields: object) -> dict[str, object]:
    return {"amount": "1000", "paid_on": str(scene.today), "external_reference": "FK-1", **fields}


def test_every_answer_on_the_way_of_a_lead_is_as_the_document_says(
    program: Program, scene: LendingScene, described: Described
) -> None:
    lead_id = described.check("get", "/leads", program.get("/leads"))["items"][0]["id"]
    described.check("get", "/leads/{lead_id}", program.get(f"/leads/{lead_id}"))
    described.check("post", "/leads/{lead_id}/accept", program.post(f"/leads/{lead_id}/accept"))
    again = program.post(f"/leads/{lead_id}/accept")
    assert again.status_code == 409
    described.check("post", "/leads/{lead_id}/accept", again)
    made = described.check("post", "/leads/{lead_id}/offers", program.post(f"/leads/{lead_id}/offers", offer(scene)))
    scene.accept(made["id"])
    granted = program.post(f"/leads/{lead_id}/credit-line", line(scene))
    line_id = described.check("post", "/leads/{lead_id}/credit-line", granted)["id"]
    at = "/credit-lines/{line_id}"
    paid = program.post(f"/credit-lines/{line_id}/disbursements", payout(scene))
    described.check("post", f"{at}/disbursements", paid)
    body = {"principal": "1", "repaid_on": str(scene.today), "external_reference": "HK-1"}
    described.check("post", f"{at}/repayments", program.post(f"/credit-lines/{line_id}/repayments", body))
    late = {"as_of": str(scene.today), "principal": "1", "days": 3, "grade": "normal"}
    described.check("post", f"{at}/overdue-reports", program.post(f"/credit-lines/{line_id}/overdue-reports", late))
    found = described.check("get", at, program.get(f"/credit-lines/{line_id}"))
    reversal = {"reason": "wrong account"}
    undone = program.post(f"/repayments/{found['repayments'][0]['id']}/reverse", reversal)
    described.check("post", "/repayments/{repayment_id}/reverse", undone)
    taken_back = program.post(f"/disbursements/{found['disbursements'][0]['id']}/reverse", reversal)
    described.check("post", "/disbursements/{disbursement_id}/reverse", taken_back)
    described.check("post", f"{at}/close", program.post(f"/credit-lines/{line_id}/close"))


def test_every_refusal_is_as_the_document_says(
    client: TestClient[Litestar], program: Program, scene: LendingScene, described: Described
) -> None:
    lead_id = scene.leads[0].id
    at = "/leads/{lead_id}/accept"
    token = {"Authorization": f"Bearer {token_of(scene)}"}
    described.check("post", at, client.post(f"/api/v1/leads/{lead_id}/accept", headers=token))
    described.check("post", at, client.post(f"/api/v1/leads/{lead_id}/accept", headers={"Idempotency-Key": "k"}))
    described.check("post", at, program.post(f"/leads/{scene.leads[1].id}/accept"))
    described.check("post", at, program.post(f"/leads/{lead_id}/accept", {"no": "such field"}))
    described.check("get", "/leads", program.get("/leads", limit="abc"))
    described.check("get", "/leads", program.get("/leads", limit=0))
    plain = {**token, "Idempotency-Key": "k", "Content-Type": "text/plain"}
    described.check("post", at, client.post(f"/api/v1/leads/{lead_id}/accept", content=b"{}", headers=plain))
    large = b'{"a": "' + b"x" * 2_000_000 + b'"}'
    described.check("post", at, program.post(f"/leads/{lead_id}/accept", large))
    assert scene.state()["leads"][0] == "sent"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing-of-ours", 404),
        ("GET", "/api/v1/leads/not-an-id", 404),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/v1/nothing-of-ours", 404),
        ("PUT", "/api/v1/leads", 405),
        ("DELETE", "/api/v1/credit-lines/01900000-0000-7000-8000-000000000000", 405),
        ("GET", "/api/v1/leads/01900000-0000-7000-8000-000000000000/accept", 405),
    ],
)
def test_an_address_or_a_method_that_is_none_is_told_as_a_problem(
    client: TestClient[Litestar], method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    if status == 405:
        assert answer.headers["allow"]
        assert answer.json()["type"] == "urn:xinyidai:problem:method-not-allowed"


def test_a_body_of_another_kind_is_415_and_changes_nothing(client: TestClient[Litestar], scene: LendingScene) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"):
        headers = {"Authorization": f"Bearer {token_of(scene)}", "Idempotency-Key": "k", "Content-Type": kind}
        answer = client.post(f"/api/v1/leads/{scene.leads[0].id}/accept", content=b"{}", headers=headers)
        assert answer.status_code == 415, kind
        assert answer.json()["type"] == "urn:xinyidai:problem:unsupported-media-type"
    assert scene.state()["leads"][0] == "sent"


def test_a_body_larger_than_any_write_can_be_is_413(program: Program, scene: LendingScene) -> None:
    answer = program.post(f"/leads/{scene.leads[0].id}/accept", b" " * 2_000_000)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["type"] == "urn:xinyidai:problem:too-large"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"reason":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
        (b'{"reason": ' + b"9" * 5_000 + b"}", "body"),
        (b'{"reason": "weak_revenue", "reason_note": "a\\u0000b"}', "reason_note"),
        (b'{"reason": "weak_revenue", "reason_note": 5}', "reason_note"),
        (b'{"reason": "weak_revenue", "reson_note": "typed wrongly"}', "reson_note"),
        (b'{"reason": "weak_revenue", "reason_note": "\\ud800"}', "reason_note"),
        (b'{"reason": "weak_revenue", "reason": "other"}', "body"),
    ],
    ids=["nested too deep", "endless number", "NUL", "number for text", "unknown field", "half a character", "twice"],
)
def test_a_hostile_body_is_refused_in_a_sentence_of_ours(
    program: Program, scene: LendingScene, body: bytes, field: str
) -> None:
    answer = program.post(f"/leads/{scene.leads[0].id}/decline", body)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not answer.json()["errors"][0]["detail"].isascii()  # Chinese, not the framework's English
    assert scene.state()["leads"][0] == "sent"


@pytest.mark.parametrize("day", [1, 1_800_000_000, 0.5, True, "2026-02-30", "0000-01-01", "2026-11-26T00:00:00Z"])
def test_what_is_no_day_is_refused_as_one(program: Program, scene: LendingScene, day: object) -> None:
    answer = program.post(f"/credit-lines/{scene.line()}/disbursements", payout(scene, paid_on=day))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == [{"field": "paid_on", "detail": "请输入日期，例如 2026-11-22。"}]


def test_the_same_key_gets_the_same_bytes(program: Program, scene: LendingScene) -> None:
    path = f"/credit-lines/{scene.line()}/disbursements"
    first = program.post(path, payout(scene), key="k1")
    again = program.post(path, payout(scene), key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]


def test_a_key_is_one_programs_and_one_addresss(
    client: TestClient[Litestar], program: Program, scene: LendingScene
) -> None:
    line_id = scene.line()
    assert program.post(f"/credit-lines/{line_id}/disbursements", payout(scene), key="k1").status_code == 201
    elsewhere = program.post(f"/credit-lines/{line_id}/close", payout(scene), key="k1")
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    other = Program(client, token_of(scene))
    fresh = other.post(f"/credit-lines/{line_id}/disbursements", payout(scene, external_reference="FK-2"), key="k1")
    assert (fresh.status_code, "idempotent-replayed" in fresh.headers) == (201, False)


def test_a_misspelt_amount_of_a_repayment_records_nothing(program: Program, scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    body = {"principle": "1000", "interest": "5", "repaid_on": str(scene.today), "external_reference": "HK-1"}
    answer = program.post(f"/credit-lines/{line_id}/repayments", body)
    assert [one["field"] for one in answer.json()["errors"]] == ["principle"]
    assert program.get(f"/credit-lines/{line_id}").json()["repayments"] == []


def test_an_offer_brings_its_fees_its_guarantor_and_its_pool(
    program: Program, scene: LendingScene, described: Described
) -> None:
    lead_id = scene.leads[0].id
    program.post(f"/leads/{lead_id}/accept")
    fees = [
        {"kind": "appraisal", "payee": "某评估公司", "yuan": "2000.00", "due": "upfront", "method": "transfer"},
        {"kind": "insurance", "payee": "某保险公司", "percent": "0.5", "due": "yearly"},
    ]
    wrong = program.post(f"/leads/{lead_id}/offers", offer(scene, fees=[fees[0], {**fees[1], "payee": ""}]))
    assert [one["field"] for one in wrong.json()["errors"]] == ["fees.1.payee"]
    made = program.post(f"/leads/{lead_id}/offers", offer(scene, fees=fees))
    described.check("post", "/leads/{lead_id}/offers", made)
    cost = made.json()["cost"]
    assert (cost["fees"], cost["received"]) == ("6000.00", "794000.00")
    assert Decimal(cost["total"]) == Decimal(cost["interest"]) + 6000
    assert Decimal(cost["nominal_percent"]) > Decimal("5.5")


def test_what_the_service_refuses_is_named_as_the_program_sent_it(program: Program, scene: LendingScene) -> None:
    path = f"/credit-lines/{scene.line()}/disbursements"
    answer = program.post(path, payout(scene, amount="800000.01"))
    assert [one["field"] for one in answer.json()["errors"]] == ["amount"]


def test_a_contract_number_that_is_taken_is_told_at_its_field(
    program: Program, scene: LendingScene, factory: Factory
) -> None:
    scene.line(contract_number="HT-1")
    factory.session.commit()
    other = factory.lead(factory.need(factory.enterprise()), scene.products[0])
    factory.session.commit()
    scene.leads[0] = other
    scene.member = actor_of(factory.member_of(factory.session.get_one(Enterprise, other.enterprise_id)))
    factory.session.commit()
    scene.accept(scene.offer())
    answer = program.post(f"/leads/{other.id}/credit-line", line(scene))
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == ["contract_number"]


@pytest.mark.parametrize(("language", "said"), [("", "2026年3月18日"), ("en-GB,en;q=0.9", "18 March 2026")])
def test_a_program_reads_refusals_in_the_language_that_it_asks_for(
    client: TestClient[Litestar], scene: LendingScene, language: str, said: str
) -> None:
    line_id = scene.line()
    headers = {"Authorization": f"Bearer {token_of(scene)}", "Idempotency-Key": "k", "Accept-Language": language}
    early = payout(scene, paid_on=str(scene.today - timedelta(days=1)))
    answer = client.post(f"/api/v1/credit-lines/{line_id}/disbursements", json=early, headers=headers)
    assert said in answer.json()["errors"][0]["detail"]


def test_an_indicative_offer_is_made_binding_with_guarantor_and_pool(
    program: Program, scene: LendingScene, described: Described, factory: Factory
) -> None:
    factory.institution(kind="guarantor")
    pool = RiskPool(name="资金池", capital=Decimal(10_000_000), ratio_cap=Decimal(30), valid_from=date(2026, 1, 1),
                    source="文件", created_at=scene.now)  # fmt: skip
    factory.session.add(pool)
    scene.products[0] = factory.product(scene.banks[0], guarantees=["guarantee"])
    lead_id = factory.lead(factory.need(factory.enterprise()), scene.products[0]).id
    factory.session.commit()
    program.post(f"/leads/{lead_id}/accept")
    terms = {"guarantee_mode": "guarantee"}
    made = program.post(f"/leads/{lead_id}/offers", offer(scene, kind="indicative", **terms)).json()
    found = described.check("get", "/risk-bearers", program.get("/risk-bearers"))
    assert [(one["name"], one["most"]) for one in found["pools"]] == [("资金池", "30.0000")]
    shared = {
        **terms,
        "guarantor_id": found["guarantors"][0]["id"],
        "guarantor_share": "80",
        "guarantor_fee": "1",
        "pool_id": found["pools"][0]["id"],
    }
    over = program.post(f"/offers/{made['id']}/make-binding", offer(scene, **shared, pool_share="30"))
    assert [one["field"] for one in over.json()["errors"]] == ["pool_share"]
    firm = program.post(f"/offers/{made['id']}/make-binding", offer(scene, **shared, pool_share="20"))
    answer = described.check("post", "/offers/{offer_id}/make-binding", firm)
    assert (answer["kind"], answer["status"], answer["cost"]["fees"]) == ("binding", "open", "8000.00")


def test_a_loan_is_renewed_without_repayment_and_no_yuan_is_paid_out(
    program: Program, scene: LendingScene, described: Described
) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    body = {
        "contract_number": "XD-1",
        "annual_rate": "4",
        "term_months": 12,
        "approved_on": str(scene.today),
        "expires_on": str(scene.today + timedelta(days=365)),
    }
    at = "/credit-lines/{line_id}/renewals"
    renewed = described.check("post", at, program.post(f"/credit-lines/{line_id}/renewals", body))
    assert (renewed["amount"], renewed["outstanding"], renewed["paid"]) == ("300000.00", "300000.00", "0.00")
    again = described.check("post", at, program.post(f"/credit-lines/{line_id}/renewals", body))
    assert again["status"] == 409
