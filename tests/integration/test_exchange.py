"""Lenders without an interface: what a filled-in table does, and what it refuses."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import use_locale
from xinyidai.core.validation import parse
from xinyidai.core.working_days import add_working_days
from xinyidai.leads.clocks import ClockRules
from xinyidai.leads.models import Lead
from xinyidai.lending.commands import RenewLine
from xinyidai.lending.exchange.columns import BY_NAME, COLUMNS, titles
from xinyidai.lending.exchange.models import ExchangeUpload
from xinyidai.lending.exchange.queries import open_leads_table
from xinyidai.lending.exchange.service import take_back_table
from xinyidai.lending.exchange.steps import STANDARD_TERMS, Terms
from xinyidai.lending.models import CreditLine, Offer, OverdueReport, Repayment
from xinyidai.lending.services import decline_offer, renew_line


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


class Table:
    """A table in the officer's hands: rows by field name, written as CSV under titles of one language."""

    def __init__(self, scene: LendingScene, folder: Path, terms: Terms = STANDARD_TERMS) -> None:
        self._scene, self._path, self._terms = scene, folder / "answers.csv", terms

    def bring_back(self, *rows: dict[str, object], trial: bool = False, bank: int = 0) -> ExchangeUpload:
        with self._path.open("w", encoding="utf-8-sig", newline="") as target, use_locale("zh_CN"):
            writer = csv.writer(target)
            writer.writerow(titles())
            for row in rows:
                assert set(row) <= set(BY_NAME)
                writer.writerow([row.get(column.name, "") for column in COLUMNS])
        actor = self._scene.officers[bank]
        with self._scene.sessions.as_(actor) as session:
            upload = take_back_table(
                session, actor, self._path, self._scene.now, file_name="a.csv", trial=trial, terms=self._terms
            )
            session.commit()
            return upload


@pytest.fixture
def table(scene: LendingScene, tmp_path: Path) -> Table:
    return Table(scene, tmp_path)


def offer_cells(scene: LendingScene) -> dict[str, object]:
    return {
        "lead_id": scene.leads[0].id,
        "answer": "受理",
        "offer_amount": "80",
        "offer_rate": "4.35",
        "offer_term": "12",
        "offer_guarantee": "信用",
        "offer_repayment": "等额本息",
        "offer_valid_until": f"{scene.today + timedelta(days=14):%Y/%m/%d}",
    }


def line_cells(scene: LendingScene) -> dict[str, object]:
    return {
        "lead_id": scene.leads[0].id,
        "line_amount": "80",
        "line_contract": "HT-1",
        "line_approved_on": str(scene.today),
        "line_expires_on": str(scene.today + timedelta(days=365)),
        "payout_amount": "30",
        "payout_on": str(scene.today),
        "payout_reference": "FK-1",
    }


def test_a_row_takes_the_lead_and_makes_the_offer_and_the_same_row_again_changes_nothing(
    scene: LendingScene, table: Table
) -> None:
    first = table.bring_back(offer_cells(scene))
    assert (first.rows_done, first.rows_unchanged, first.rows_refused) == (1, 0, 0)
    before = scene.state()
    assert before["leads"][0] == "offered"
    again = table.bring_back(offer_cells(scene))
    assert (again.rows_done, again.rows_unchanged, again.rows_refused) == (0, 1, 0)
    assert scene.state() == before


def test_a_line_and_two_payouts_come_in_by_table_and_a_second_import_adds_no_yuan(
    scene: LendingScene, table: Table
) -> None:
    scene.accept(scene.offer())
    rows = [
        line_cells(scene),
        {**line_cells(scene), "payout_amount": "20", "payout_reference": "FK-2"},
    ]
    assert table.bring_back(*rows).rows_done == 2
    paid = scene.state()["payouts"]
    assert sum(paid.values()) == 500_000
    assert table.bring_back(*rows).rows_unchanged == 2
    assert scene.state()["payouts"] == paid


def test_a_trial_run_says_what_would_be_done_and_keeps_nothing(scene: LendingScene, table: Table) -> None:
    before = scene.state()
    upload = table.bring_back(offer_cells(scene), trial=True)
    assert (upload.trial, upload.rows_done) == (True, 1)
    assert scene.state() == before


def test_a_refused_cell_undoes_its_row_and_no_other(scene: LendingScene, table: Table) -> None:
    scene.accept(scene.offer())
    before = scene.state()
    good = line_cells(scene)
    bad = {**good, "line_contract": "HT-2", "payout_amount": "90", "payout_reference": "FK-9"}
    upload = table.bring_back(bad, good)
    assert (upload.rows_done, upload.rows_refused) == (1, 1)
    assert len(scene.state()["payouts"]) == len(before["payouts"]) + 1
    over = table.bring_back({"lead_id": good["lead_id"], **{k: v for k, v in bad.items() if k.startswith("payout")}})
    assert over.refusals[0]["column"] == "放款金额（万元）"
    assert "50" in str(over.refusals[0]["message"])


def test_the_same_reference_with_another_amount_is_refused(scene: LendingScene, table: Table) -> None:
    scene.accept(scene.offer())
    table.bring_back(line_cells(scene))
    upload = table.bring_back({**line_cells(scene), "payout_amount": "31"})
    assert [one["column"] for one in upload.refusals] == ["放款流水号"]
    assert sum(scene.state()["payouts"].values()) == 300_000


def test_another_banks_lead_and_one_that_does_not_exist_are_refused_alike(scene: LendingScene, table: Table) -> None:
    cells = offer_cells(scene)
    theirs = table.bring_back({**cells, "lead_id": scene.leads[1].id})
    nobodys = table.bring_back({**cells, "lead_id": "01900000-0000-7000-8000-000000000000"})
    assert [one["message"] for one in theirs.refusals] == [one["message"] for one in nobodys.refusals]
    assert scene.state()["leads"] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"answer": "也许"}, "answer"),
        ({"answer": "婉拒"}, "reason"),
        ({"reason": "额度用完"}, "reason"),
        ({"answer": "受理", "offer_amount": "0"}, "offer_amount"),
        ({"answer": "受理", "offer_amount": "-5"}, "offer_amount"),
        ({"payout_amount": "10"}, "payout_on"),
        ({"lead_id": "17", "answer": "受理"}, "lead_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_column(
    scene: LendingScene, table: Table, cells: dict[str, object], column: str
) -> None:
    before = scene.state()
    upload = table.bring_back({"lead_id": scene.leads[0].id, **cells})
    assert BY_NAME[column].label in {one["column"] for one in upload.refusals}
    assert scene.state() == before


def test_the_table_that_goes_out_comes_back_unchanged(scene: LendingScene, table: Table) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        rows = list(open_leads_table(session, scene.banks[0].id, 100))
    assert len(rows) == 1
    out = {column.name: value for column, value in zip(COLUMNS, rows[0], strict=True) if value is not None}
    upload = table.bring_back(out)
    assert (upload.rows_unchanged, upload.rows_refused) == (1, 0)


def test_a_file_that_is_not_this_table_is_refused_whole(scene: LendingScene, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    actor = scene.officers[0]
    with scene.sessions.as_(actor) as session, pytest.raises(InvalidInput) as refused:
        take_back_table(session, actor, path, scene.now, file_name="other.csv", trial=False)
    assert "file" in refused.value.fields


def paid_lead(scene: LendingScene, table: Table) -> dict[str, object]:
    """A lead with 300,000 yuan paid out; the beginning of a row about it."""
    scene.accept(scene.offer())
    assert table.bring_back(line_cells(scene)).rows_done == 1
    return {"lead_id": scene.leads[0].id}


def repayment(scene: LendingScene, **cells: object) -> dict[str, object]:
    return {
        "repaid_principal": "50000.05",
        "repaid_interest": "1,812.50",
        "repaid_on": str(scene.today),
        "repaid_reference": "HK-1",
        **cells,
    }


def overdue(scene: LendingScene, **cells: object) -> dict[str, object]:
    return {
        "overdue_as_of": str(scene.today),
        "overdue_principal": "20000",
        "overdue_interest": "100",
        "overdue_days": "3",
        "overdue_grade": "关注",
        **cells,
    }


def money_back(scene: LendingScene) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    with scene.sessions.as_(SYSTEM) as session:
        back = session.exec(select(Repayment.principal, Repayment.interest).order_by(Repayment.id)).all()
        late = session.exec(select(OverdueReport.principal, OverdueReport.days).order_by(OverdueReport.id)).all()
    return [tuple(row) for row in back], [tuple(row) for row in late]


def test_a_repayment_and_an_overdue_report_come_in_by_table_and_again_change_nothing(
    scene: LendingScene, table: Table
) -> None:
    row = {**paid_lead(scene, table), **repayment(scene), **overdue(scene)}
    trial = table.bring_back(row, trial=True)
    assert (trial.rows_done, money_back(scene)) == (1, ([], []))
    assert table.bring_back(row).rows_done == 1
    kept = ([(Decimal("50000.05"), Decimal("1812.50"))], [(Decimal(20_000), 3)])
    assert money_back(scene) == kept
    again = table.bring_back(row)
    assert (again.rows_done, again.rows_unchanged, again.rows_refused) == (0, 1, 0)
    assert money_back(scene) == kept


def test_a_second_overdue_report_of_the_day_with_other_values_is_a_correction(
    scene: LendingScene, table: Table
) -> None:
    row = paid_lead(scene, table)
    table.bring_back({**row, **overdue(scene)})
    nothing = overdue(scene, overdue_principal="", overdue_interest="", overdue_days="0", overdue_grade="正常")
    assert table.bring_back({**row, **nothing}).rows_done == 1
    assert [days for _principal, days in money_back(scene)[1]] == [3, 0]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"repaid_principal": "300000.01"}, "repaid_principal"),
        ({"repaid_principal": "-1"}, "repaid_principal"),
        ({"repaid_on": "2099-01-01"}, "repaid_on"),
        ({"repaid_reference": ""}, "repaid_reference"),
        ({"contract": "HT-OTHER"}, "contract"),
        ({"overdue_grade": "很差", "overdue_as_of": "2026-03-18"}, "overdue_grade"),
        ({"overdue_days": "3", "overdue_as_of": "2026-03-18", "overdue_grade": "关注"}, "overdue_days"),
    ],
)
def test_a_wrong_cell_about_money_that_came_back_is_named_and_nothing_is_kept(
    scene: LendingScene, table: Table, cells: dict[str, object], column: str
) -> None:
    row = paid_lead(scene, table)
    upload = table.bring_back({**row, **repayment(scene), **cells})
    assert upload.rows_refused == 1
    with use_locale("zh_CN"):
        assert [one["column"] for one in upload.refusals] == [BY_NAME[column].label]
    assert money_back(scene) == ([], [])


def test_a_repayments_reference_with_another_amount_is_refused(scene: LendingScene, table: Table) -> None:
    row = paid_lead(scene, table)
    table.bring_back({**row, **repayment(scene)})
    upload = table.bring_back({**row, **repayment(scene, repaid_principal="60000")})
    assert upload.rows_refused == 1
    assert len(money_back(scene)[0]) == 1


def test_a_lead_that_is_paid_out_in_full_stays_in_the_table_while_it_owes(scene: LendingScene, table: Table) -> None:
    scene.accept(scene.offer())
    table.bring_back({**line_cells(scene), "payout_amount": "80"})

    def listed() -> list[object]:
        with scene.sessions.as_(scene.officers[0]) as session:
            return [row[0] for row in open_leads_table(session, scene.banks[0].id, 100)]

    row = {"lead_id": scene.leads[0].id}
    assert listed() == [str(scene.leads[0].id)]
    table.bring_back({**row, **repayment(scene, repaid_principal="800000")})
    assert listed() == []


def test_a_lead_taken_by_table_has_the_citys_days(scene: LendingScene, tmp_path: Path) -> None:
    table = Table(scene, tmp_path, Terms(rules=ClockRules(contact=7)))
    table.bring_back({"lead_id": scene.leads[0].id, "answer": "受理"})
    with scene.sessions.as_(SYSTEM) as session:
        lead = session.get_one(Lead, scene.leads[0].id)
    assert lead.contact_by == add_working_days(scene.today, 7)


def test_a_table_with_a_payout_changes_nothing_again_after_the_loan_was_renewed(
    scene: LendingScene, table: Table
) -> None:
    scene.accept(scene.offer())
    assert table.bring_back(line_cells(scene)).rows_done == 1
    with scene.sessions.as_(scene.officers[0]) as session:
        line = session.exec(select(CreditLine)).one()
        form = {
            "contract_number": "XD-1",
            "annual_rate": "4",
            "term_months": "12",
            "approved_on": str(scene.today),
            "expires_on": str(scene.today + timedelta(days=400)),
        }
        renew_line(session, session.actor, line.id, parse(RenewLine, form), scene.now)
        session.commit()
    again = table.bring_back(line_cells(scene))
    assert (again.rows_unchanged, again.refusals) == (1, [])


def test_a_table_brought_back_after_the_enterprise_said_no_makes_no_new_offer(
    scene: LendingScene, table: Table
) -> None:
    table.bring_back(offer_cells(scene))
    with scene.sessions.as_(scene.member) as session:
        decline_offer(session, scene.member, session.exec(select(Offer.id)).one(), scene.now)
        session.commit()
    before = scene.state()
    assert table.bring_back(offer_cells(scene)).rows_unchanged == 1
    assert scene.state() == before
    better = {**offer_cells(scene), "offer_rate": "4.2"}
    assert table.bring_back(better).rows_done == 1


def test_an_offer_whose_last_day_was_changed_in_the_table_is_not_passed_over(scene: LendingScene, table: Table) -> None:
    table.bring_back(offer_cells(scene))
    longer = table.bring_back({**offer_cells(scene), "offer_valid_until": str(scene.today + timedelta(days=20))})
    assert longer.rows_refused == 1


def test_an_offer_by_table_makes_the_indicative_one_binding(scene: LendingScene, table: Table) -> None:
    scene.offer(kind="indicative")
    assert table.bring_back(offer_cells(scene)).rows_done == 1
    with scene.sessions.as_(SYSTEM) as session:
        kinds = {(one.kind, one.status) for one in session.exec(select(Offer))}
    assert kinds == {("indicative", "replaced"), ("binding", "open")}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("payout_amount", "12万"),
        ("payout_amount", "1e1"),
        ("payout_amount", "1_0"),
        ("payout_amount", "=1+1"),
        ("payout_amount", "30.0000001"),
        ("payout_on", "46100"),
        ("payout_on", "2026-02-30"),
        ("payout_reference", "1.23457E+17"),
        ("line_contract", "6.2E+18"),
        ("payout_reference", "x" * 65),
        ("line_expires_on", "昨天"),
    ],
)
def test_a_hostile_cell_is_named_and_its_row_left_undone(
    scene: LendingScene, table: Table, column: str, value: str
) -> None:
    scene.accept(scene.offer())
    before = scene.state()
    upload = table.bring_back({**line_cells(scene), column: value})
    assert [one["column"] for one in upload.refusals] == [BY_NAME[column].label]
    assert scene.state() == before


def test_full_width_digits_and_thousands_are_the_numbers_that_they_look_like(scene: LendingScene, table: Table) -> None:
    scene.accept(scene.offer())
    cells = {**line_cells(scene), "payout_amount": "３０．５", "payout_on": f"{scene.today:%Y年%m月%d日}"}
    assert table.bring_back(cells).rows_done == 1
    assert list(scene.state()["payouts"].values()) == [305_000]


def test_columns_in_another_order_are_read_and_unknown_ones_are_told(scene: LendingScene, tmp_path: Path) -> None:
    path = tmp_path / "reordered.csv"
    with use_locale("zh_CN"):
        head = [
            "备注",
            BY_NAME["answer"].label,
            " " + BY_NAME["lead_id"].label.replace("（", "(").replace("）", ")"),
            "",
        ]
    path.write_bytes("\r\n".join([",".join(head), f"看过,受理,{scene.leads[0].id},", ""]).encode("gb18030"))
    with scene.sessions.as_(scene.officers[0]) as session:
        upload = take_back_table(session, session.actor, path, scene.now, file_name="a.csv", trial=False)
        session.commit()
    assert (upload.rows_done, upload.columns_not_read) == (1, ["备注"])


def test_another_banks_lead_in_a_row_is_as_if_it_did_not_exist(scene: LendingScene, table: Table) -> None:
    before = scene.state()
    upload = table.bring_back({"lead_id": scene.leads[1].id, "answer": "受理"}, {"lead_id": "0", "answer": "受理"})
    assert upload.rows_refused == 2
    assert scene.state() == before


def test_a_trial_run_tells_what_the_real_run_then_does(scene: LendingScene, table: Table) -> None:
    scene.accept(scene.offer())
    rows = [
        line_cells(scene),
        line_cells(scene),
        {**line_cells(scene), "payout_reference": "FK-2", "payout_amount": "51"},
    ]
    trial, real = table.bring_back(*rows, trial=True), table.bring_back(*rows)
    told = [(one.rows_read, one.rows_done, one.rows_unchanged, one.rows_refused, one.refusals) for one in (trial, real)]
    assert told[0] == told[1]
    assert told[0][:4] == (3, 1, 1, 1)


def test_twenty_thousand_rows_are_refused_whole_before_any_is_done(scene: LendingScene, table: Table) -> None:
    before = scene.state()
    with pytest.raises(InvalidInput) as refused:
        table.bring_back(
            *([{"lead_id": scene.leads[0].id, "answer": "受理"}] + [{"lead_id": "0", "answer": "x"}] * 19_999)
        )
    assert set(refused.value.fields) == {"file"}
    assert scene.state() == before


def test_one_column_under_two_spellings_is_refused(scene: LendingScene, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    with use_locale("zh_CN"):
        answer = BY_NAME["answer"].label
        head = [BY_NAME["lead_id"].label, answer, answer.replace("（", "(")]
    path.write_text("\n".join([",".join(head), f"{scene.leads[0].id},受理,婉拒"]), encoding="utf-8")
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(InvalidInput) as refused:
        take_back_table(session, session.actor, path, scene.now, file_name="a.csv", trial=False)
    assert set(refused.value.fields) == {"file"}


def test_a_long_table_with_few_rows_filled_in_is_taken_back_whole(scene: LendingScene, table: Table) -> None:
    left_as_it_was = [{"lead_id": scene.leads[0].id}] * 2_000
    upload = table.bring_back(*left_as_it_was, {"lead_id": scene.leads[0].id, "answer": "受理"})
    assert (upload.rows_read, upload.rows_done, upload.rows_unchanged) == (2_001, 1, 2_000)
    with pytest.raises(InvalidInput) as refused:
        table.bring_back(*left_as_it_was * 3)
    assert set(refused.value.fields) == {"file"}
