"""From the request to the decision: who may do what, by when, and what happens in the same moment."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from tests.credit.repair_scene import PDF, Scene, acting, make_scene, proof
from tests.factories import Factory, actor_of
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Conflict, InvalidInput, NotFound
from xinyidai.core.files import check_paper
from xinyidai.core.paging import ListRequest
from xinyidai.credit.display import DISPLAYED
from xinyidai.credit.repair import deciding, opening
from xinyidai.credit.repair.cases import CaseFilter, list_cases, one_case, record_of_case
from xinyidai.credit.repair.commands import DecideCase, HandInPapers, OpenObjection, OpenRepair
from xinyidai.credit.repair.display_rows import keep_outcomes
from xinyidai.credit.repair.due import end_displays, remind_of_cases
from xinyidai.credit.repair.records import RecordFilter, list_records, one_record
from xinyidai.credit.repair.types import RecordState, RepairMeans

TODAY = date(2026, 3, 18)


@pytest.fixture
def scene(session: ActorSession, factory: Factory, now: datetime) -> Scene:
    return make_scene(session, factory, now)


def displayed(scene: Scene, today: date = TODAY) -> int:
    statement = text(f"select count(*) from credit_events e where {DISPLAYED}")
    return int(scene.session.execute(statement, {"as_of": today}).scalar_one())


def test_a_repair_is_possible_from_the_earliest_day_and_not_before(scene: Scene) -> None:
    early, ripe = scene.record("2025-12-19"), scene.record("2025-12-18")
    assert one_record(scene.session, scene.enterprise.id, early, TODAY).repairable_from == date(2026, 3, 19)
    with pytest.raises(InvalidInput, match="shortest time"):
        scene.open(early)
    assert scene.open(ripe).status == "submitted"


def test_a_repair_needs_the_commitment_and_a_proof(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    command = OpenRepair(record_id=record, means=[RepairMeans.CORRECT], statement="已整改")
    with acting(scene.session, scene.member), pytest.raises(InvalidInput) as refused:
        opening.open_repair(scene.session, scene.member, command, [proof()], scene.now)
    assert "commitment" in refused.value.fields
    promised = command.model_copy(update={"commitment": True})
    with acting(scene.session, scene.member), pytest.raises(InvalidInput) as refused:
        opening.open_repair(scene.session, scene.member, promised, [], scene.now)
    assert "files" in refused.value.fields


def test_the_deadlines_count_working_days_and_the_unit_is_told(scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    # Wednesday 18 March: the third working day is Monday, the tenth is Wednesday in two weeks.
    assert (case.step_due_on, case.due_on) == (date(2026, 3, 23), date(2026, 4, 1))
    assert case.source_unit == "市市场监督管理局"
    [said] = scene.messages()
    assert (said.kind, said.source_unit, said.link) == ("repair.opened", case.source_unit, f"/source/cases/{case.id}")


def test_a_granted_repair_takes_effect_at_once_and_everything_that_rests_on_it_follows(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    case = scene.open(record)
    assert displayed(scene) == 1
    scene.grant(case)
    assert displayed(scene) == 0
    found = one_record(scene.session, scene.enterprise.id, record, TODAY)
    assert (found.state, found.repaired_at) == (RecordState.REPAIRED, scene.now)
    assert scene.jobs() == ["credit.score_enterprise", "enterprises.facts_changed", "credit.case_granted"]
    said = scene.messages()[-1]
    assert (said.kind, said.enterprise_id) == ("repair.granted", scene.enterprise.id)


def test_an_upheld_objection_takes_the_record_out_of_sight(scene: Scene) -> None:
    record = scene.record("2026-03-10")
    command = OpenObjection(record_id=record, statement="不是我公司，同名企业")
    with acting(scene.session, scene.member):
        case = opening.open_objection(scene.session, scene.member, command, [], scene.now)
    scene.grant(case)
    assert displayed(scene) == 0
    assert one_record(scene.session, scene.enterprise.id, record, TODAY).state is RecordState.REMOVED


def test_an_upheld_objection_to_a_figure_leaves_a_gap_and_keeps_the_claim(scene: Scene) -> None:
    scene.figure(2201, "2026-01-01", "1234.50", "tax_monthly_summary", "市税务局")
    tax = actor_of(scene.factory.user(Role.SOURCE_CLERK, source_unit="市税务局"))
    command = OpenObjection(metric=2201, month=date(2026, 1, 1), statement="一月申报已更正")
    with acting(scene.session, scene.member):
        case = opening.open_objection(scene.session, scene.member, command, [], scene.now)
    assert case.source_unit == "市税务局"
    with acting(scene.session, tax):
        deciding.grant(scene.session, tax, DecideCase(case_id=case.id), scene.now)
    counts = [scene.session.scalar(text(f"select count(*) from credit_observation{name}")) for name in ("s", "_claims")]
    assert counts == [0, 1]
    assert scene.session.scalar(text("select figures from credit_metric_months where metric = 2201")) == 0


def test_only_the_unit_that_designated_the_record_decides(scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    others = [
        actor_of(scene.factory.user(Role.SOURCE_CLERK, source_unit="市税务局")),
        actor_of(scene.factory.user(Role.OFFICE_STAFF)),
        scene.member,
    ]
    for other in others:
        with acting(scene.session, other), pytest.raises(NotFound):
            deciding.grant(scene.session, other, DecideCase(case_id=case.id), scene.now)
    assert displayed(scene) == 1


def test_a_refusal_needs_a_reason_and_a_decided_case_stays_decided(scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    with acting(scene.session, scene.clerk):
        with pytest.raises(InvalidInput):
            deciding.reject(scene.session, scene.clerk, DecideCase(case_id=case.id), scene.now)
        deciding.reject(scene.session, scene.clerk, DecideCase(case_id=case.id, note="罚款尚未缴清"), scene.now)
        with pytest.raises(Conflict):
            deciding.grant(scene.session, scene.clerk, DecideCase(case_id=case.id), scene.now)
    assert displayed(scene) == 1
    assert scene.messages()[-1].values["note"] == "罚款尚未缴清"


def test_waiting_for_papers_stops_the_clock(scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    with acting(scene.session, scene.clerk):
        deciding.want_papers(scene.session, scene.clerk, DecideCase(case_id=case.id, note="缴款凭证"), scene.now)
    back = datetime(2026, 3, 25, 2, tzinfo=UTC)  # five working days later
    with acting(scene.session, scene.member):
        opening.hand_in_papers(scene.session, scene.member, HandInPapers(case_id=case.id), [proof()], back)
    found = one_case(scene.session, case.id, TODAY)
    assert (found.line.due_on, len(found.files)) == (date(2026, 4, 9), 2)  # over the holiday of 4 to 6 April
    assert [one.after.value for one in found.history] == ["submitted", "papers_wanted", "in_review"]


def test_there_is_one_open_case_about_one_record(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    scene.open(record)
    command = OpenRepair(record_id=record, means=[RepairMeans.CORRECT], statement="再次申请", commitment=True)
    with acting(scene.session, scene.member) as session, attempt(session) as outcome:
        opening.open_repair(session, scene.member, command, [proof()], scene.now)
    assert not outcome.ok


def test_another_enterprise_sees_neither_records_nor_cases_nor_papers(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    case = scene.open(record)
    file_id = scene.session.scalar(text("select id from files"))
    stranger = actor_of(scene.factory.member_of(scene.factory.enterprise()))
    with acting(scene.session, stranger) as session:
        for table in ("credit_events", "repair_cases", "repair_case_events", "repair_case_files", "files"):
            assert session.scalar(text(f"select count(*) from {table}")) == 0
        with pytest.raises(NotFound):
            one_record(session, scene.enterprise.id, record, TODAY)
        with pytest.raises(NotFound):
            opening.take_back(session, stranger, case.id, scene.now)
    with acting(scene.session, scene.clerk) as session:
        assert session.scalar(text("select content from files where id = :id"), {"id": file_id}) == PDF


def test_no_lender_is_shown_a_repaired_record_whatever_else_allows_it(scene: Scene) -> None:
    record = scene.record("2025-06-10")
    scene.session.flush()
    officer = actor_of(scene.factory.officer_of(scene.factory.institution()))
    case = scene.open(record)
    scene.grant(case)
    with acting(scene.session, officer) as session:
        assert session.scalar(text("select count(*) from credit_events")) == 0
    restrictive = scene.session.scalar(
        text("select permissive from pg_policies where policyname = 'credit_events_repaired'")
    )
    assert restrictive == "RESTRICTIVE"


def test_a_clerk_is_shown_the_record_of_its_case_and_reads_no_other(scene: Scene) -> None:
    asked, _silent = scene.record("2025-06-10"), scene.record("2025-07-10")
    case_id = scene.open(asked).id
    with acting(scene.session, scene.clerk) as session:
        found = record_of_case(session, one_case(session, case_id, TODAY), TODAY)
        assert session.scalar(text("select count(*) from credit_events")) == 0
    assert found is not None
    assert found.id == asked


def test_a_repair_outlives_the_withdrawal_and_second_delivery_of_its_batch(scene: Scene) -> None:
    from_old = scene.record("2025-06-10")
    case = scene.open(from_old)
    scene.grant(case)
    key = scene.session.scalar(text("select key from credit_events"))
    scene.session.execute(text("delete from credit_events"))
    again = scene.batch()
    scene.session.execute(
        text(
            "insert into credit_events (enterprise_id, kind, key, decided_on, payload, batch, line)"
            " values (:enterprise, 'admin_penalty', :key, '2025-06-10', '{}', :batch, 1)"
        ),
        {"enterprise": scene.enterprise.id, "key": key, "batch": again.number},
    )

    keep_outcomes(scene.session, "admin_penalty", again.number or 0, scene.now)
    assert displayed(scene) == 0


def test_reminders_come_before_the_day_and_the_office_hears_of_what_is_overdue_once(scene: Scene) -> None:
    case = scene.open(scene.record("2025-06-10"))
    assert remind_of_cases(scene.session, scene.now) == 0
    monday = datetime(2026, 3, 23, 2, tzinfo=UTC)  # not taken up on the day by which it should be
    assert remind_of_cases(scene.session, monday) == 1
    assert remind_of_cases(scene.session, monday) == 0
    late = datetime(2026, 4, 2, 2, tzinfo=UTC)
    assert remind_of_cases(scene.session, late) == 2
    kinds = [one.kind for one in scene.messages()]
    assert kinds == ["repair.opened", "repair.due", "repair.due", "repair.overdue"]
    assert remind_of_cases(scene.session, late) == 0
    holiday = datetime(2026, 4, 5, 2, tzinfo=UTC)
    assert remind_of_cases(scene.session, holiday) == 0
    [line] = list_cases(scene.session, ListRequest(), CaseFilter(state="overdue"), date(2026, 4, 2)).rows
    assert (line.id, line.overdue) == (case.id, True)


def test_a_display_that_runs_out_is_said_once(scene: Scene) -> None:
    scene.record("2023-06-10")
    assert displayed(scene) == 1
    after = datetime(2026, 6, 10, 2, tzinfo=UTC)
    assert displayed(scene, date(2026, 6, 10)) == 0
    assert (end_displays(scene.session, after), end_displays(scene.session, after)) == (1, 0)
    assert [one.kind for one in scene.messages()] == ["repair.display_ended"]
    assert scene.jobs() == ["credit.score_enterprise", "enterprises.facts_changed"]


def test_the_list_of_records_says_what_is_becoming_of_each(scene: Scene) -> None:
    scene.record("2020-01-10")
    scene.record("2025-06-10")
    scene.record("2026-03-10", "patent", violation_type=None, invention_name="一种面条机")
    with acting(scene.session, scene.member) as session:
        everything = list_records(session, scene.enterprise.id, ListRequest(), RecordFilter(), TODAY)
        adverse = list_records(session, scene.enterprise.id, ListRequest(), RecordFilter(adverse="yes"), TODAY)
        ended = list_records(session, scene.enterprise.id, ListRequest(), RecordFilter(state="ended"), TODAY)
        found = list_records(session, scene.enterprise.id, ListRequest(search="面条机"), RecordFilter(), TODAY)
    assert [len(one.rows) for one in (everything, adverse, ended, found)] == [3, 2, 1, 1]
    assert [one.can_be_repaired(TODAY) for one in everything.rows] == [False, True, False]
    assert everything.rows[1].source_unit == "市市场监督管理局"


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00", b"<html><script>", b"%PDF-1.4 cut off", b"PK\x03\x04 not a zip", b"\xff\xd8\xff half"],
)
def test_papers_are_judged_by_their_content(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        check_paper("缴款凭证.pdf", content)


def test_a_paper_gets_the_ending_of_its_content_and_a_scanner_may_refuse_it() -> None:
    assert check_paper("../../x.exe", PDF).name == "x.pdf"

    class Alarm:
        def finding(self, content: bytes) -> str | None:
            return "EICAR"

    with pytest.raises(InvalidInput, match="恶意"):
        check_paper("x.pdf", PDF, Alarm())
