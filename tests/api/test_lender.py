"""The whole way of a lead through the interface, and everything that must be refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from tests.api.conftest import Program, token_of
from tests.lending_scene import LendingScene
from xinyidai.accounts.api_tokens import revoke_token, tokens
from xinyidai.accounts.types import Scope
from xinyidai.core.actor import SYSTEM
from xinyidai.core.working_days import add_working_days
from xinyidai.leads.models import Lead
from xinyidai.settings import Settings
from xinyidai.web.app import create_app


def offer(scene: LendingScene, **fields: object) -> dict[str, object]:
    return {
        "amount": "800000.00",
        "annual_rate": "4.35",
        "term_months": 12,
        "guarantee_mode": "credit",
        "repayment_mode": "equal_instalment",
        "valid_until": str(scene.today + timedelta(days=14)),
        **fields,
    }


def line(scene: LendingScene) -> dict[str, object]:
    return {
        "amount": "800000",
        "contract_number": "HT-1",
        "approved_on": str(scene.today),
        "expires_on": str(scene.today + timedelta(days=365)),
    }


def test_a_lead_goes_from_its_arrival_to_the_payout_and_back(program: Program, scene: LendingScene) -> None:
    found = program.get("/leads").json()
    assert [one["status"] for one in found["items"]] == ["sent"]
    assert found["items"][0]["contact_phone"] is None
    lead_id = found["items"][0]["id"]
    assert program.post(f"/leads/{lead_id}/accept").json()["status"] == "accepted"
    assert program.get(f"/leads/{lead_id}").json()["accepted_at"]
    made = program.post(f"/leads/{lead_id}/offers", offer(scene))
    assert made.status_code == 201, made.text
    scene.accept(made.json()["id"])
    granted = program.post(f"/leads/{lead_id}/credit-line", line(scene)).json()
    payout = {"amount": "300000.01", "paid_on": str(scene.today), "external_reference": "FK-1"}
    paid = program.post(f"/credit-lines/{granted['id']}/disbursements", payout).json()
    assert (paid["paid"], paid["left"]) == ("300000.01", "499999.99")
    reversed_ = program.post(
        f"/disbursements/{paid['disbursements'][0]['id']}/reverse", {"reason": "wrong account"}
    ).json()
    assert Decimal(reversed_["paid"]) == 0
    assert len(reversed_["disbursements"]) == 2


def test_the_same_key_is_the_same_request_once(program: Program, scene: LendingScene) -> None:
    line_id = scene.line()
    body = {"amount": "1000", "paid_on": str(scene.today), "external_reference": "FK-1"}
    first = program.post(f"/credit-lines/{line_id}/disbursements", body, key="k1")
    again = program.post(f"/credit-lines/{line_id}/disbursements", body, key="k1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotent-replayed"] == "true"
    other = program.post(f"/credit-lines/{line_id}/disbursements", {**body, "amount": "2000"}, key="k1")
    assert other.status_code == 422
    assert other.headers["content-type"].startswith("application/problem+json")
    assert scene.paid(line_id) == 1000


def test_a_refused_request_keeps_nothing_and_its_key_may_be_used_again(program: Program, scene: LendingScene) -> None:
    line_id = scene.line()
    body = {"amount": "900000", "paid_on": str(scene.today), "external_reference": "FK-1"}
    assert program.post(f"/credit-lines/{line_id}/disbursements", body, key="k1").status_code == 422
    body["amount"] = "1000"
    assert program.post(f"/credit-lines/{line_id}/disbursements", body, key="k1").status_code == 201


def test_a_write_without_a_key_says_how_to_send_one(client: TestClient[Litestar], scene: LendingScene) -> None:
    headers = {"Authorization": f"Bearer {token_of(scene)}"}
    answer = client.post(f"/api/v1/leads/{scene.leads[0].id}/accept", headers=headers)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["title"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"annual_rate": "99"}, "annual_rate"),
        ({"valid_until": "20.3.2026"}, "valid_until"),
        ({"guarantee_mode": "promise"}, "guarantee_mode"),
    ],
)
def test_each_wrong_field_is_named(
    program: Program, scene: LendingScene, fields: dict[str, object], field: str
) -> None:
    lead_id = scene.leads[0].id
    program.post(f"/leads/{lead_id}/accept")
    before = scene.state()
    answer = program.post(f"/leads/{lead_id}/offers", offer(scene, **fields))
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert scene.state() == before


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"a": NaN}', b"1"])
def test_a_body_that_is_no_json_object_is_refused(program: Program, scene: LendingScene, body: bytes) -> None:
    answer = program.post(f"/leads/{scene.leads[0].id}/decline", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_another_banks_lead_is_not_found_and_neither_is_one_that_does_not_exist(
    program: Program, scene: LendingScene
) -> None:
    theirs = program.get(f"/leads/{scene.leads[1].id}")
    nobodys = program.get("/leads/01900000-0000-7000-8000-000000000000")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["title"] == nobodys.json()["title"]
    assert program.post(f"/leads/{scene.leads[1].id}/accept").status_code == 404


def test_a_token_does_what_its_scopes_say_and_nothing_more(client: TestClient[Litestar], scene: LendingScene) -> None:
    reader = Program(client, token_of(scene, scopes=(Scope.LEADS_READ,)))
    assert reader.get("/leads").status_code == 200
    refused = reader.post(f"/leads/{scene.leads[0].id}/accept")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:xinyidai:problem:missing-scope")


def test_no_token_a_wrong_one_and_a_revoked_one_are_refused_alike(
    client: TestClient[Litestar], scene: LendingScene
) -> None:
    secret = token_of(scene)
    with scene.sessions.as_(scene.manager) as session:
        assert [one.hint for one in tokens(session)] == [secret[:10]]
        revoke_token(session, scene.manager, tokens(session)[0].id, scene.now)
        session.commit()
    answers = [client.get("/api/v1/leads", headers=headers) for headers in
               ({}, {"Authorization": "Bearer xyd_wrong"}, {"Authorization": f"Bearer {secret}"})]  # fmt: skip
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


def test_a_token_is_no_login_and_a_login_is_no_token(client: TestClient[Litestar], scene: LendingScene) -> None:
    secret = token_of(scene)
    page = client.get("/institution/leads", headers={"Authorization": f"Bearer {secret}"}, follow_redirects=False)
    assert page.status_code == 303
    client.cookies.set("xyd_session", secret)
    assert client.get("/api/v1/leads").status_code == 401


def test_a_program_that_keeps_its_cursor_sees_each_change(program: Program, scene: LendingScene) -> None:
    first = program.get("/leads", limit=1).json()
    assert (len(first["items"]), first["more"]) == (1, False)
    nothing = program.get("/leads", cursor=first["next_cursor"]).json()
    assert (nothing["items"], nothing["next_cursor"]) == ([], first["next_cursor"])
    scene.now += timedelta(minutes=1)
    scene.offer()
    changed = program.get("/leads", cursor=first["next_cursor"]).json()
    assert [one["status"] for one in changed["items"]] == ["offered"]


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "W10"}, {"limit": 0}, {"limit": 201}, {"status": "?"}])
def test_a_list_that_nobody_could_mean_is_refused(program: Program, query: dict[str, object]) -> None:
    assert program.get("/leads", **query).status_code == 422


def test_the_document_describes_every_address_with_its_body_and_key(client: TestClient[Litestar]) -> None:
    document = client.get("/api/v1/openapi.json").json()
    # A delivery's body is a file; it has a description and a test of its own.
    paths = {path: part for path, part in document["paths"].items() if "/source/" not in path}
    writes = [part["post"] for part in paths.values() if "post" in part]
    assert writes
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    for write in writes:
        assert write["requestBody"]["content"]["application/json"]["schema"]["type"] == "object"
        assert "Idempotency-Key" in {one["name"] for one in write["parameters"]}
    assert "$ref" not in str([write["requestBody"] for write in writes])


def test_what_comes_back_is_reported_reversed_and_read(program: Program, scene: LendingScene) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    body = {
        "principal": "50000.05", "interest": "1812.50", "repaid_on": str(scene.today), "external_reference": "HK-1"
    }  # fmt: skip
    first = program.post(f"/credit-lines/{line_id}/repayments", body, key="r1")
    assert first.status_code == 201, first.text
    assert program.post(f"/credit-lines/{line_id}/repayments", body, key="r1").json() == first.json()
    assert program.post(f"/credit-lines/{line_id}/repayments", {**body, "principal": "1"}, key="r1").status_code == 422
    found = first.json()
    assert (found["outstanding"], found["repaid_interest"], found["overdue"]) == ("249999.95", "1812.50", None)
    undone = program.post(f"/repayments/{found['repayments'][0]['id']}/reverse", {"reason": "wrong account"}).json()
    assert (undone["outstanding"], len(undone["repayments"])) == ("300000.00", 2)


def test_overdue_is_reported_and_a_report_of_nothing_is_not_the_same_as_none(
    program: Program, scene: LendingScene
) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    assert program.get(f"/credit-lines/{line_id}").json()["overdue"] is None
    late = {"as_of": str(scene.today), "principal": "20000", "days": 3, "grade": "special_mention"}
    told = program.post(f"/credit-lines/{line_id}/overdue-reports", late).json()["overdue"]
    assert (told["principal"], told["days"], told["grade"]) == ("20000.00", 3, "special_mention")
    nothing = {"as_of": str(scene.today), "days": 0, "grade": "normal"}
    assert program.post(f"/credit-lines/{line_id}/overdue-reports", nothing).json()["overdue"]["days"] == 0


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("repayments", {"principal": "300000.01"}, "principal"),
        ("repayments", {"principal": "-1"}, "principal"),
        ("repayments", {"principal": "0", "interest": "0"}, "principal"),
        ("repayments", {"repaid_on": "2099-01-01"}, "repaid_on"),
        ("overdue-reports", {"principal": "300001"}, "principal"),
        ("overdue-reports", {"days": 0}, "days"),
        ("overdue-reports", {"grade": "bad"}, "grade"),
    ],
)
def test_money_that_cannot_have_come_back_is_refused_at_its_field(
    program: Program, scene: LendingScene, path: str, fields: dict[str, object], field: str
) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    good: dict[str, dict[str, object]] = {
        "repayments": {"principal": "1", "repaid_on": str(scene.today), "external_reference": "HK-1"},
        "overdue-reports": {"as_of": str(scene.today), "principal": "1", "days": 1, "grade": "normal"},
    }
    answer = program.post(f"/credit-lines/{line_id}/{path}", {**good[path], **fields})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert program.get(f"/credit-lines/{line_id}").json()["outstanding"] == "300000.00"


def test_another_banks_line_takes_no_repayment_and_a_reader_reports_none(
    client: TestClient[Litestar], program: Program, scene: LendingScene
) -> None:
    line_id = scene.line()
    scene.pay(line_id)
    body = {"principal": "1", "repaid_on": str(scene.today), "external_reference": "HK-1"}
    stranger = Program(client, token_of(scene, bank=1))
    assert stranger.post(f"/credit-lines/{line_id}/repayments", body).status_code == 404
    reader = Program(client, token_of(scene, scopes=(Scope.LEADS_READ,)))
    for path in ("repayments", "overdue-reports"):
        assert reader.post(f"/credit-lines/{line_id}/{path}", body).status_code == 403


def test_a_lead_taken_by_a_program_has_the_citys_days(connection: Connection, scene: LendingScene) -> None:
    settings = Settings(database_url=None, secret_key="tests only", city_region="3704", contact_working_days=7)
    with TestClient(create_app(settings, connection, lambda: scene.now), base_url="http://testserver.local") as client:
        Program(client, token_of(scene)).post(f"/leads/{scene.leads[0].id}/accept")
    with scene.sessions.as_(SYSTEM) as session:
        lead = session.get_one(Lead, scene.leads[0].id)
    assert lead.contact_by == add_working_days(scene.today, 7)
