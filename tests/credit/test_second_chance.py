"""Refused because of a record that counts no more, however that came: asked again."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from tests.credit.conftest import Deliveries
from tests.credit.repair_scene import Scene, acting, make_scene
from tests.factories import Factory
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import use_locale
from xinyidai.credit.intake import withdraw
from xinyidai.credit.models import CreditBatch
from xinyidai.leads.credit_facts import credit_facts
from xinyidai.leads.models import Lead
from xinyidai.leads.repair_paths import paths_for, reasons_lifted_by, refusal_advice
from xinyidai.leads.second_chance import say_who_can_be_asked_again, tell_of_second_chances
from xinyidai.leads.types import RefusalReason
from xinyidai.needs.models import Need
from xinyidai.outbox.models import OutboxJob
from xinyidai.worker.registry import HANDLINGS

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


ARREARS = ("usci", "tax_kind", "arrears_balance", "published_on")
LISTED = ("usci", "listed_on", "listing_reason", "listing_authority", "removed_on")


class Delivered:
    """Files that come on a day, followed by everything that the worker does about them."""

    def __init__(self, scene: Scene, deliveries: Deliveries) -> None:
        self._scene, self._deliveries = scene, deliveries

    def take(self, dataset: str, titles: tuple[str, ...], *cells: object, days: int = 0) -> CreditBatch:
        self._deliveries.now = self.day(days)
        file = self._deliveries.file([(self._scene.enterprise.usci, *cells)], titles)
        batch = self._deliveries.take(file, dataset).batch
        self.follow(days)
        return batch

    def day(self, days: int) -> datetime:
        return self._scene.now + timedelta(days=days)

    def follow(self, days: int) -> None:
        waiting = select(OutboxJob).where(col(OutboxJob.done_at).is_(None)).order_by(col(OutboxJob.id))
        while jobs := self._scene.session.exec(waiting).all():
            for job in jobs:
                handling = HANDLINGS[job.name]
                handling.handler(self._scene.session, handling.job.from_payload(job.payload), self.day(days), job.id)
                job.done_at = self.day(days)
            self._scene.session.flush()

    def told(self) -> list[str]:
        return [one.values["product"] for one in self._scene.messages() if one.kind == "leads.ask_again"]


def refused_on(scene: Scene, reason: RefusalReason, days: int) -> tuple[Need, Lead]:
    need, lead = refused(scene, reason)
    lead.closed_at = scene.now + timedelta(days=days)
    scene.session.add(lead)
    scene.session.flush()
    return need, lead


def test_a_delivery_that_says_that_arrears_are_paid_tells_the_enterprise_once(
    scene: Scene, deliveries: Deliveries
) -> None:
    come = Delivered(scene, deliveries)
    come.take("tax_arrears", ARREARS, "增值税", 6_000, "2026-01-10")
    need, lead = refused_on(scene, RefusalReason.TAX_RECORD, 1)
    come.take("tax_arrears", ARREARS, "印花税", 50, "2026-01-10", days=2)
    assert come.told() == []
    come.take("tax_arrears", ARREARS, "增值税", 0, "2026-03-19", days=3)
    assert come.told() == [], "another tax is still owed"
    come.take("tax_arrears", ARREARS, "印花税", 0, "2026-03-20", days=4)
    [said] = [one for one in scene.messages() if one.kind == "leads.ask_again"]
    assert said.link == f"/enterprise/needs/{need.id}/products/{lead.product_id}"
    [advice] = [one for one in refusal_advice(scene.session, need.id, date(2026, 3, 22), 90) if one.lead_id == lead.id]
    assert advice.lifted
    assert [job for job in scene.jobs() if job == "enterprises.facts_changed"], "and the needs are ranked again"
    come.take("tax_arrears", ARREARS, "契税", 0, "2026-03-20", days=5)
    assert len(come.told()) == 1
    assert credit_facts(scene.session, [scene.enterprise.id], date(2026, 3, 22))[scene.enterprise.id][
        "tax_arrears"
    ] is False  # fmt: skip


def test_a_removal_a_withdrawn_delivery_and_the_end_of_a_display_lift_a_reason_too(
    scene: Scene, deliveries: Deliveries
) -> None:
    come = Delivered(scene, deliveries)
    come.take("abnormal_list", LISTED, "2025-06-10", "未按期公示年报", "市场监管局", "")
    refused_on(scene, RefusalReason.PENALTY_RECORD, 1)
    come.take("abnormal_list", LISTED, "2025-06-10", "未按期公示年报", "市场监管局", "2026-03-19", days=2)
    assert len(come.told()) == 1

    wrong = come.take("wage_arrears", ("usci", "decided_on", "document_no"), "2026-01-10", "x", days=3)
    refused_on(scene, RefusalReason.PENALTY_RECORD, 4)
    withdraw(scene.session, SYSTEM, wrong.id, "误报", come.day(5))
    come.follow(5)
    assert len(come.told()) == 2

    record = scene.record("2026-01-10", "admin_penalty")
    refused_on(scene, RefusalReason.PENALTY_RECORD, 6)
    scene.session.execute(text("update credit_events set display_until = '2026-03-30' where id = :id"), {"id": record})
    assert tell_of_second_chances(scene.session, come.day(11)) == 0
    assert tell_of_second_chances(scene.session, come.day(12)) == 1


def test_a_refusal_without_any_record_at_that_time_is_not_lifted_by_there_being_none(
    scene: Scene, deliveries: Deliveries
) -> None:
    come = Delivered(scene, deliveries)
    refused(scene, RefusalReason.PENALTY_RECORD)
    come.take("abnormal_list", LISTED, "2025-06-10", "未按期公示年报", "市场监管局", "2026-03-17", days=1)
    assert come.told() == []
    assert tell_of_second_chances(scene.session, come.day(2)) == 0
