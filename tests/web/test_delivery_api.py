"""A department's machine delivers by token, and reads what became of it."""

import json

import pytest
from litestar import Litestar

from tests.factories import Factory
from tests.web.conftest import Browser
from tests.web.test_deliveries import clerk
from xinyidai.accounts.api_tokens import MadeToken, MakeToken, make_token, revoke_token
from xinyidai.accounts.types import Scope
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.credit.catalogue import Dataset, Field, catalogue
from xinyidai.credit.types import FieldType

HEADER = "统一社会信用代码,统计时间,销售收入,税额总额\n"
TAX = "/api/v1/source/deliveries?dataset=tax_monthly_summary"


def tax_token(session: ActorSession, factory: Factory) -> MadeToken:
    command = MakeToken(source_unit="市税务局", name="报送程序", scopes=(Scope.DELIVERIES_WRITE,))
    return make_token(session, SYSTEM, command, factory.now)


@pytest.fixture
def made(session: ActorSession, factory: Factory) -> MadeToken:
    found = tax_token(session, factory)
    session.commit()
    return found


@pytest.fixture
def machine(browser: Browser, made: MadeToken) -> Browser:
    browser.headers["Authorization"] = f"Bearer {made.secret}"
    return browser


def file_of(usci: str | None, *rows: str) -> str:
    return HEADER + "".join(f"{usci},{row}\n" for row in rows)


def firm(factory: Factory) -> str | None:
    usci = factory.enterprise().usci
    factory.session.commit()
    return usci


def test_a_file_sent_as_the_body_is_taken_in_and_counted(machine: Browser, factory: Factory) -> None:
    usci = firm(factory)
    answer = machine.post(f"{TAX}&lines_stated=3", content=file_of(usci, "202602,1000,30", "202601,x,30").encode())
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["lines_read"], said["lines_taken"], said["lines_rejected"], said["lines_missing"]) == (2, 1, 1, 1)
    assert said["source_unit"] == "市税务局"
    assert machine.get(answer.headers["location"]).json()["values_new"] == 2
    rejects = machine.get(f"{answer.headers['location']}/rejects").json()
    assert [(one["line"], one["reason_en"]) for one in rejects["items"]] == [(3, "not a number")]
    assert rejects["next_cursor"] is None


def test_a_file_may_come_in_a_form_or_as_json_lines(machine: Browser, factory: Factory) -> None:
    usci = firm(factory)
    sent = machine.post(TAX, files={"file": ("二月.csv", file_of(usci, "202602,1,1").encode(), "text/csv")})
    assert (sent.status_code, sent.json()["file_name"]) == (201, "二月.csv")
    line = f'{{"usci": "{usci}", "stat_period": "202601", "sales_revenue": 12.5, "tax_total": 1}}'
    assert machine.post(TAX, content=line.encode()).json()["values_new"] == 2


def test_the_same_content_again_changes_nothing(machine: Browser, factory: Factory) -> None:
    content = file_of(firm(factory), "202602,1,1").encode()
    first, second = machine.post(TAX, content=content), machine.post(TAX, content=content)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["repeated"]
    assert first.json()["id"] == second.json()["id"]


def test_a_dry_run_keeps_nothing_and_names_the_rejects(machine: Browser, factory: Factory) -> None:
    answer = machine.post(f"{TAX}&dry_run=true", content=file_of(firm(factory), "202602,x,1").encode())
    assert (answer.status_code, answer.json()["kept"], answer.json()["lines_rejected"]) == (200, False, 1)
    assert answer.json()["rejects"][0]["reason_zh"] == "不是数字"
    assert machine.get("/api/v1/source/deliveries").json()["items"] == []


def test_a_repeated_request_gets_its_answer_again_and_another_one_under_its_key_is_refused(
    machine: Browser, factory: Factory
) -> None:
    usci = firm(factory)
    key = {"Idempotency-Key": "february-1"}
    first = machine.post(TAX, content=file_of(usci, "202602,1,1").encode(), headers=key)
    again = machine.post(TAX, content=file_of(usci, "202602,1,1").encode(), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = machine.post(TAX, content=file_of(usci, "202602,2,1").encode(), headers=key)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(machine.get("/api/v1/source/deliveries").json()["items"]) == 1


def test_a_file_that_is_refused_as_a_whole_is_noted_and_explained(machine: Browser) -> None:
    answer = machine.post(TAX, content=b"a,b\n1,2\n")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "Nothing was taken in" in answer.json()["detail_en"]
    noted = machine.get(answer.json()["delivery"]).json()
    assert noted["status"] == "refused"
    assert noted["problem"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/source/deliveries?dataset=nothing", 404),
        ("/api/v1/source/deliveries?dataset=water_supply", 404),
        ("/api/v1/source/deliveries", 400),
    ],
)
def test_what_the_unit_does_not_deliver_is_not_found(machine: Browser, path: str, status: int) -> None:
    answer = machine.post(path, content=b"a,b\n1,2\n")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_lists_come_in_pages_that_a_cursor_links(machine: Browser, factory: Factory) -> None:
    usci = firm(factory)
    for month in ("202511", "202512", "202601"):
        machine.post(TAX, content=file_of(usci, f"{month},1,1").encode())
    first = machine.get("/api/v1/source/deliveries?limit=2").json()
    second = machine.get(f"/api/v1/source/deliveries?limit=2&cursor={first['next_cursor']}").json()
    assert [one["first_on"] for one in first["items"] + second["items"]] == ["2026-01-01", "2025-12-01", "2025-11-01"]
    assert second["next_cursor"] is None
    assert machine.get("/api/v1/source/deliveries?cursor=x").status_code == 422


def test_rejects_come_in_pages_too(machine: Browser, factory: Factory) -> None:
    usci = firm(factory)
    sent = machine.post(TAX, content=file_of(usci, *(f"202602,x{number},1" for number in range(5))).encode())
    address = f"/api/v1/source/deliveries/{sent.json()['id']}/rejects"
    first = machine.get(f"{address}?limit=3").json()
    second = machine.get(f"{address}?limit=3&cursor={first['next_cursor']}").json()
    assert [one["line"] for one in first["items"] + second["items"]] == [2, 3, 4, 5, 6]


def test_without_a_valid_token_nobody_is_answered(app: Litestar, browser: Browser) -> None:
    for headers in ({}, {"Authorization": "Bearer xyd_wrong"}, {"Authorization": "Basic abc"}):
        answer = browser.post(TAX, content=b"x", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "urn:xinyidai:problem:not-signed-in"


def test_a_token_opens_no_page_and_a_cookie_no_interface(
    machine: Browser, another_browser: Browser, factory: Factory
) -> None:
    assert machine.get("/source/deliveries", follow_redirects=False).status_code in (302, 303)
    clerk(another_browser, factory)
    assert another_browser.get("/api/v1/source/deliveries").status_code == 401


def test_a_revoked_token_is_worth_nothing(
    machine: Browser, session: ActorSession, factory: Factory, made: MadeToken
) -> None:
    revoke_token(session, SYSTEM, made.id, factory.now)
    session.commit()
    assert machine.get("/api/v1/source/deliveries").status_code == 401


def test_one_unit_sees_nothing_of_another(
    machine: Browser, session: ActorSession, factory: Factory, app: Litestar
) -> None:
    sent = machine.post(TAX, content=file_of(firm(factory), "202602,1,1").encode()).json()
    other = make_token(
        session, SYSTEM, MakeToken(source_unit="市供水公司", name="水表", scopes=(Scope.DELIVERIES_WRITE,)), factory.now
    )
    session.commit()
    headers = {"Authorization": f"Bearer {other.secret}"}
    assert machine.get("/api/v1/source/deliveries", headers=headers).json()["items"] == []
    assert machine.get(f"/api/v1/source/deliveries/{sent['id']}", headers=headers).status_code == 404


def test_a_token_of_an_institution_does_not_deliver(browser: Browser, session: ActorSession, factory: Factory) -> None:
    bank = factory.institution()
    command = MakeToken(institution_id=bank.id, name="系统", scopes=(Scope.LEADS_READ,))
    made = make_token(session, SYSTEM, command, factory.now)
    session.commit()
    answer = browser.get("/api/v1/source/deliveries", headers={"Authorization": f"Bearer {made.secret}"})
    assert answer.status_code == 404


def test_the_interface_describes_deliveries(browser: Browser) -> None:
    paths = browser.get("/api/v1/openapi.json").json()["paths"]
    post = paths["/api/v1/source/deliveries"]["post"]
    assert "text/csv" in post["requestBody"]["content"]
    assert {"201", "401", "422"} <= set(post["responses"])
    assert "/api/v1/source/deliveries/{delivery_id}/rejects" in paths


DELIVERED = [one for one in catalogue().datasets.values() if one.is_delivered]


def usual(field: Field) -> str:
    if field.codes:
        return field.codes[0].code
    plain = {FieldType.DATE: "2025-01-01", FieldType.DATETIME: "2025-01-01", FieldType.YEAR: "2024"}
    plain |= {FieldType.MONTH: "202601", FieldType.DECIMAL: "1", FieldType.INTEGER: "1", FieldType.SERIES: "1"}
    return plain.get(field.type, "1" if field.type is FieldType.BOOLEAN else f"{field.code}1")


def one_record(dataset: Dataset, usci: str) -> dict[str, str]:
    """A record with what the catalogue requires, and one figure at least."""
    wanted = {one.code for one in dataset.fields if one.required} | {*dataset.key, dataset.subject}
    wanted |= {one.field.code for one in dataset.metrics[:1]} | ({dataset.period} if dataset.period else set())
    row = {one.code: usual(one) for one in dataset.fields if one.code in wanted}
    return {**row, dataset.subject: usci}


@pytest.mark.parametrize("dataset", DELIVERED, ids=lambda one: one.code)
def test_every_data_set_of_the_catalogue_can_be_delivered_by_its_unit(
    browser: Browser, session: ActorSession, factory: Factory, dataset: Dataset
) -> None:
    """As JSON Lines, then tried out as CSV, and taken back: by token, without a page."""
    usci = str(firm(factory))
    unit = "市税务局" if dataset.by_any_unit else dataset.source_unit
    command = MakeToken(source_unit=unit, name="报送程序", scopes=(Scope.DELIVERIES_WRITE,))
    browser.headers["Authorization"] = f"Bearer {make_token(session, SYSTEM, command, factory.now).secret}"
    session.commit()
    row = one_record(dataset, usci)
    address = f"/api/v1/source/deliveries?dataset={dataset.code}"
    sent = browser.post(address, content=json.dumps(row, ensure_ascii=False).encode())
    assert sent.status_code == 201, sent.text
    assert sent.json()["lines_taken"] == 1, browser.get(f"{sent.headers['location']}/rejects").text
    table = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    tried = browser.post(f"{address}&dry_run=true", content=table.encode()).json()
    assert (tried["lines_taken"] + tried["lines_repeated"], tried["kept"]) == (1, False), tried
    back = browser.post(
        f"{sent.headers['location']}/withdrawal", json={"reason": "误报"}, headers={"Idempotency-Key": "w1"}
    )
    assert (back.status_code, back.json()["status"]) == (201, "withdrawn"), back.text


def test_a_delivery_is_taken_back_once_with_a_reason_and_by_its_own_unit(
    machine: Browser, session: ActorSession, factory: Factory
) -> None:
    sent = machine.post(TAX, content=file_of(firm(factory), "202602,1,1").encode())
    address = f"{sent.headers['location']}/withdrawal"
    assert machine.post(address, json={"reason": "x"}).status_code == 400, "without a key"
    unsaid = machine.post(address, json={"reason": " "}, headers={"Idempotency-Key": "a"})
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "reason")
    other = make_token(
        session, SYSTEM, MakeToken(source_unit="市供水公司", name="水表", scopes=(Scope.DELIVERIES_WRITE,)), factory.now
    )
    session.commit()
    strange = {"Authorization": f"Bearer {other.secret}", "Idempotency-Key": "b"}
    assert machine.post(address, json={"reason": "x"}, headers=strange).status_code == 404
    done = machine.post(address, json={"reason": "重复报送"}, headers={"Idempotency-Key": "c"})
    assert (done.status_code, done.json()["withdrawn_because"]) == (201, "重复报送")
    again = machine.post(address, json={"reason": "重复报送"}, headers={"Idempotency-Key": "c"})
    assert again.headers["idempotent-replayed"] == "true"
    assert machine.post(address, json={"reason": "x"}, headers={"Idempotency-Key": "d"}).status_code == 409
    assert machine.get(sent.headers["location"]).json()["status"] == "withdrawn"


def test_a_machine_learns_what_its_unit_delivers_and_how(machine: Browser) -> None:
    listed = machine.get("/api/v1/source/datasets").json()["items"]
    codes = {one["code"] for one in listed}
    assert {"tax_monthly_summary", "tax_arrears", "admin_penalty"} <= codes
    assert "water_supply" not in codes
    one = machine.get("/api/v1/source/datasets/tax_monthly_summary").json()
    fields = {field["code"]: field for field in one["fields"]}
    assert (one["period"], one["subject"]) == ("stat_period", "usci")
    assert (fields["sales_revenue"]["unit"], fields["sales_revenue"]["type"]) == ("yuan", "decimal")
    assert machine.get("/api/v1/source/datasets/water_supply").status_code == 404
    paths = machine.get("/api/v1/openapi.json").json()["paths"]
    assert "/api/v1/source/datasets/{code}" in paths
    described = paths["/api/v1/source/deliveries/{delivery_id}/withdrawal"]["post"]
    assert "reason" in described["requestBody"]["content"]["application/json"]["schema"]["properties"]
