"""The credit report: what is in it, who opens it, and what anyone can verify."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.credit.repair_scene import Scene, acting, make_scene
from tests.factories import Factory, actor_of
from xinyidai.consents.models import Consent
from xinyidai.core.actor import GUEST, Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, NotFound
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.report.numbering import masked
from xinyidai.credit.report.service import (
    issue_own_report,
    issue_report_for_lender,
    open_own_report,
    open_report_as_lender,
)
from xinyidai.credit.report.verification import verify
from xinyidai.credit.report.view import view_of
from xinyidai.institutions.models import Institution

TODAY = date(2026, 3, 18)


@pytest.fixture
def scene(session: ActorSession, factory: Factory, now: object) -> Scene:
    return make_scene(session, factory, now)  # type: ignore[arg-type]


def consent(scene: Scene, institution: Institution, *datasets: str) -> Consent:
    row = Consent(
        number=f"C{len(datasets)}{institution.code}", enterprise_id=scene.enterprise.id,
        institution_id=institution.id, purpose="financing", datasets=list(datasets),
        dataset_numbers=[catalogue().datasets[one].number for one in datasets], wording_version="1",
        valid_from=TODAY, valid_until=TODAY + timedelta(days=90), given_at=scene.now,
    )  # fmt: skip
    scene.session.add(row)
    scene.session.flush()
    return row


def lender(scene: Scene) -> tuple[Institution, Actor]:
    institution = scene.factory.institution()
    return institution, actor_of(scene.factory.officer_of(institution))


def titles(view: object) -> list[str]:
    return [one.dataset.code for group in view.groups for one in group.records]  # type: ignore[attr-defined]


def test_the_report_holds_what_is_displayed_and_no_score(scene: Scene) -> None:
    scene.record("2025-06-10")
    scene.record("2020-06-10")
    scene.record("2026-01-10", "public_evaluation", grade="A")
    with acting(scene.session, scene.member) as session:
        report = issue_own_report(session, scene.member, "3704", scene.now)
        view = view_of(open_own_report(session, scene.member, report.id, scene.now), for_lender=False)
    assert titles(view) == ["admin_penalty"]
    assert (len(view.number), view.number[:14]) == (20, "37040020260318")
    [record] = view.groups[0].records
    assert (record.source_unit, record.received_on) == ("市市场监督管理局", TODAY)
    assert "score" not in json.dumps(report.content)


def test_an_issued_report_stays_as_it_was_and_says_that_something_has_changed(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    with acting(scene.session, scene.member) as session:
        report = issue_own_report(session, scene.member, "3704", scene.now)
        assert not open_own_report(session, scene.member, report.id, scene.now).changed
    scene.grant(scene.open(record))
    with acting(scene.session, scene.member) as session:
        opened = open_own_report(session, scene.member, report.id, scene.now)
    view = view_of(opened, for_lender=False)
    assert opened.changed
    assert [one.gone for group in view.groups for one in group.records] == [True]


def test_a_lender_needs_a_consent_and_each_look_is_logged(scene: Scene) -> None:
    scene.record("2025-06-10")
    scene.record("2025-07-10", "tax_credit_grade", grade="A", evaluation_year=2025)
    institution, officer = lender(scene)
    lead_id = scene.enterprise.id
    with acting(scene.session, officer) as session, pytest.raises(Conflict):
        issue_report_for_lender(session, officer, scene.enterprise.id, lead_id, "3704", scene.now)
    given = consent(scene, institution, "tax_monthly_summary")
    with acting(scene.session, officer) as session:
        report = issue_report_for_lender(session, officer, scene.enterprise.id, lead_id, "3704", scene.now)
        view = view_of(open_report_as_lender(session, officer, report.id, scene.now), for_lender=True)
    assert titles(view) == ["admin_penalty"]  # the tax grade was not consented to
    looks = scene.session.execute(text("select what, consent_id, datasets from credit_reads order by id")).all()
    assert [(one.what, one.consent_id) for one in looks] == [("report", given.id)] * 2
    assert "tax_credit_grade" not in looks[1].datasets


def test_a_lender_sees_no_repaired_record_even_in_a_report_that_it_holds(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    institution, officer = lender(scene)
    given = consent(scene, institution, "tax_credit_grade")
    with acting(scene.session, officer) as session:
        report = issue_report_for_lender(session, officer, scene.enterprise.id, given.id, "3704", scene.now)
    scene.grant(scene.open(record))
    with acting(scene.session, officer) as session:
        view = view_of(open_report_as_lender(session, officer, report.id, scene.now), for_lender=True)
        assert session.scalar(text("select count(*) from credit_reports")) == 0
    assert (titles(view), view.left_out, view.changed) == ([], 1, True)


def test_a_report_closes_with_the_consent(scene: Scene) -> None:
    institution, officer = lender(scene)
    given = consent(scene, institution, "tax_credit_grade")
    with acting(scene.session, officer) as session:
        report = issue_report_for_lender(session, officer, scene.enterprise.id, given.id, "3704", scene.now)
    given.ended_at, given.end_reason = scene.now, "revoked"
    with acting(scene.session, officer) as session, pytest.raises(Conflict):
        open_report_as_lender(session, officer, report.id, scene.now)


def test_nobody_else_opens_a_report(scene: Scene) -> None:
    stranger = actor_of(scene.factory.member_of(scene.factory.enterprise()))
    _institution, officer = lender(scene)
    with acting(scene.session, scene.member) as session:
        report_id = issue_own_report(session, scene.member, "3704", scene.now).id
    scene.session.expunge_all()
    with acting(scene.session, stranger) as session, pytest.raises(NotFound):
        open_own_report(session, stranger, report_id, scene.now)
    with acting(scene.session, officer) as session, pytest.raises(NotFound):
        open_report_as_lender(session, officer, report_id, scene.now)


def test_anyone_with_number_and_code_can_verify_and_nobody_without(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    with acting(scene.session, scene.member) as session:
        report = issue_own_report(session, scene.member, "3704", scene.now)
        number, code = report.number, report.code
    with acting(scene.session, GUEST) as session:
        found = verify(session, f" {number} ", code.lower(), scene.now)
        assert found is not None
        assert (found.changed, found.enterprise) == (False, masked(scene.enterprise.name))
        assert verify(session, number, "AAAAAAAAAA", scene.now) is None
        assert verify(session, "1" * 20, code, scene.now) is None
        assert session.scalar(text("select count(*) from credit_reports")) == 0
    scene.grant(scene.open(record))
    with acting(scene.session, GUEST) as session:
        changed = verify(session, number, code, scene.now)
    assert changed is not None
    assert changed.changed


def test_an_issued_report_cannot_be_changed_by_anybody(scene: Scene) -> None:
    with acting(scene.session, scene.member) as session:
        issue_own_report(session, scene.member, "3704", scene.now)
    with pytest.raises(ProgrammingError, match="permission denied"):
        scene.session.execute(text("update credit_reports set content_hash = repeat('0', 64)"))


def test_a_name_is_shown_in_part() -> None:
    assert masked("枣庄测试面条有限公司1") == "枣庄*****限公司1"
    assert masked("面馆") == "面*"
