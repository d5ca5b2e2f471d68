"""Refused because of a record, repaired, asked again."""

from datetime import date

import pytest
from sqlalchemy import text

from tests.credit.repair_scene import Scene, acting, make_scene
from tests.factories import Factory
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import use_locale
from xinyidai.leads.models import Lead
from xinyidai.leads.repair_paths import paths_for, reasons_lifted_by, refusal_advice
from xinyidai.leads.second_chance import say_who_can_be_asked_again
from xinyidai.leads.types import RefusalReason
from xinyidai.needs.models import Need

TODAY = date(2026, 3, 18)


@pytest.fixture
def scene(session: ActorSession, factory: Factory, now: object) -> Scene:
    return make_scene(session, factory, now)  # type: ignore[arg-type]


def refused(scene: Scene, reason: RefusalReason) -> tuple[Need, Lead]:
    need = scene.factory.need(scene.enterprise, status="declined")
    product = scene.factory.product(scene.factory.institution())
    fields = {"status": "declined", "reason": reason.value, "closed_at": scene.now}
    return need, scene.factory.lead(need, product, **fields)


def test_every_case_of_the_table_says_office_papers_and_time_in_both_languages() -> None:
    day = date(2026, 11, 26)
    found = [path for reason in RefusalReason for path in paths_for(reason, day)]
    assert len(found) == 15
    for language in ("zh_CN", "en"):
        with use_locale(language):
            assert all(one.office and one.what_to_do and one.papers and one.working_days for one in found)


def test_advice_is_dated() -> None:
    assert "admin_penalty" not in [one.code for one in paths_for(RefusalReason.PENALTY_RECORD, date(2026, 3, 31))]
    assert "admin_penalty" in [one.code for one in paths_for(RefusalReason.PENALTY_RECORD, date(2026, 4, 1))]
    assert reasons_lifted_by("abnormal_list", TODAY) == [RefusalReason.PENALTY_RECORD]


def test_a_refused_lead_shows_where_to_go_and_which_record_is_meant(scene: Scene) -> None:
    record = scene.record("2025-06-10", "abnormal_list", listing_reason="未按期公示年报")
    need, _lead = refused(scene, RefusalReason.PENALTY_RECORD)
    refused(scene, RefusalReason.TERM_UNSUITABLE)
    with acting(scene.session, scene.member) as session:
        [advice] = refusal_advice(session, need.id, TODAY, 90)
    assert (advice.open_until, advice.lifted) == (date(2026, 6, 16), False)
    [way] = advice.paths
    assert (way.path.code, [one.id for one in way.records]) == ("abnormal_list", [record])


def test_once_the_record_is_repaired_the_enterprise_hears_whom_it_can_ask_again(scene: Scene) -> None:
    record = scene.record("2025-06-10", "abnormal_list", listing_reason="未按期公示年报")
    need, lead = refused(scene, RefusalReason.PENALTY_RECORD)
    case = scene.open(record)
    scene.grant(case)
    assert say_who_can_be_asked_again(scene.session, case.id, scene.now) == 1
    said = scene.messages()[-1]
    assert (said.kind, said.values["need"]) == ("leads.ask_again", need.number)
    assert said.link == f"/enterprise/needs/{need.id}/products/{lead.product_id}"
    [advice] = refusal_advice(scene.session, need.id, TODAY, 90)
    assert advice.lifted
    assert "enterprises.facts_changed" in scene.jobs()


def test_nobody_is_named_while_another_record_still_counts(scene: Scene) -> None:
    repaired = scene.record("2025-06-10", "abnormal_list", listing_reason="未按期公示年报")
    scene.record("2025-08-10", "wage_arrears", amount="1000")
    refused(scene, RefusalReason.PENALTY_RECORD)
    case = scene.open(repaired)
    scene.grant(case)
    assert say_who_can_be_asked_again(scene.session, case.id, scene.now) == 0


def test_a_lender_that_was_asked_again_already_is_not_named(scene: Scene) -> None:
    record = scene.record("2025-06-10", "abnormal_list", listing_reason="未按期公示年报")
    _need, lead = refused(scene, RefusalReason.PENALTY_RECORD)
    again = text(
        "insert into leads (need_id, enterprise_id, institution_id, product_id, product_version_id, route, status,"
        " sent_at, respond_by, reason_note, updated_at) select need_id, enterprise_id, institution_id, product_id,"
        " product_version_id, route, 'sent', sent_at + interval '1 hour', respond_by, '', updated_at from leads"
        " where id = :id"
    )
    scene.session.execute(again, {"id": lead.id})
    case = scene.open(record)
    scene.grant(case)
    assert say_who_can_be_asked_again(scene.session, case.id, scene.now) == 0
