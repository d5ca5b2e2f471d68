"""Monthly figures: what is taken, what is refused and why, and which claim counts."""

from datetime import date
from decimal import Decimal

import pytest

from tests.credit.conftest import TAX, TITLES, Deliveries, reasons
from tests.factories import Factory
from xinyidai.core.tabular import FileProblem
from xinyidai.core.usci import synthetic

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
SALES, EXEMPT, TAXES = 2201, 2202, 2203


def test_a_plain_file_is_taken_whole(deliveries: Deliveries, factory: Factory) -> None:
    first, second = factory.enterprise(), factory.enterprise()
    result = deliveries.take(
        deliveries.file([(first.usci, "202601", "1000.50", "", "30"), (second.usci, "2026-02", "-5", "7", "0")])
    )
    assert deliveries.figures() == {
        (first.usci, SALES, JAN, ""): Decimal("1000.50"),
        (first.usci, TAXES, JAN, ""): Decimal(30),
        (second.usci, SALES, FEB, ""): Decimal(-5),
        (second.usci, EXEMPT, FEB, ""): Decimal(7),
        (second.usci, TAXES, FEB, ""): Decimal(0),
    }
    batch = result.batch
    assert (batch.lines_read, batch.lines_taken, batch.lines_rejected, batch.values_new) == (2, 2, 0, 5)
    assert (batch.first_on, batch.last_on) == (JAN, FEB)


def test_values_that_need_care_are_understood(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    path = deliveries.file(
        [
            (f" {usci.lower()} ", "2026年1月", "１２３４．５", "无", "1.2万元"),
            (usci, "2026/2", '"1,234,567.89"', "/", "-"),
        ]
    )
    result = deliveries.take(path)
    assert deliveries.figures() == {
        (usci, SALES, JAN, ""): Decimal("1234.5"),
        (usci, TAXES, JAN, ""): Decimal(12_000),
    }
    assert reasons(result) == [(3, "税额总额", "this field is needed")]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (("{code}", "202604", "1", "", "1"), "统计时间", "lies in the future"),
        (("{code}", "202613", "1", "", "1"), "统计时间", "not a month such as 2026-03"),
        (("{code}", "", "1", "", "1"), "统计时间", "the month is missing"),
        (("{code}", "202601", "abc", "", "1"), "销售收入", "not a number"),
        (("{code}", "202601", "12，34", "", "1"), "销售收入", "a comma that does not separate thousands: it could"),
        (("{code}", "202601", "1.2E+05", "", "1"), "销售收入", "a power of ten, in which digits may have been lost"),
        (("{code}", "202601", "=A1*2", "", "1"), "销售收入", "a formula; please deliver its value"),
        (("{code}", "202601", "NaN", "", "1"), "销售收入", "this field is needed"),
        (("{code}", "202601", "Infinity", "", "1"), "销售收入", "not a number"),
        (("{code}", "202601", "5吨", "", "1"), "销售收入", "the unit “吨” is not the one of this column"),
        (("{code}", "202601", "12345678901234567", "", "1"), "销售收入", "the number has more than 15 digits"),
        (("", "202601", "1", "", "1"), "统一社会信用代码", "the enterprise's code is missing"),
        (("91370402MA3C1A2B3D", "202601", "1", "", "1"), "统一社会信用代码", "character 17 closes the organisation"),
        (("11010519491231002X", "202601", "1", "", "1"), "统一社会信用代码", "a citizen's identity number stands"),
        (("913704020500000000", "202601", "1", "", "1"), "统一社会信用代码", ""),
    ],
)
def test_a_wrong_value_is_rejected_with_line_field_and_reason(
    deliveries: Deliveries, factory: Factory, row: tuple[str, ...], field: str, reason: str
) -> None:
    usci = factory.enterprise().usci
    good = (usci, "202512", "1", "", "1")
    result = deliveries.take(deliveries.file([good, [cell.replace("{code}", str(usci)) for cell in row]]))
    line, where, why = reasons(result)[0]
    assert (line, where) == (3, field)
    assert why.startswith(reason)
    assert (result.batch.lines_taken, result.batch.lines_rejected) == (1, 1)


def test_a_citizens_number_is_never_kept_not_even_as_a_reject(deliveries: Deliveries) -> None:
    result = deliveries.take(deliveries.file([("11010519491231002X", "202601", "1", "", "1")]))
    assert result.rejects[0].value == "110************02X"


def test_an_enterprise_that_the_registry_does_not_know_is_rejected(deliveries: Deliveries) -> None:
    result = deliveries.take(deliveries.file([(synthetic("370402", 99_999), "202601", "1", "", "1")]))
    assert reasons(result) == [(2, "统一社会信用代码", "no enterprise of this code is in the registry")]


def test_amounts_in_wan_are_kept_in_yuan(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    titles = ("统一社会信用代码", "统计时间", "销售收入（万元）", "税额总额（元）")
    deliveries.take(deliveries.file([(usci, "202601", "0.123456", "5"), (usci, "202602", "２", "5")], titles))
    found = deliveries.figures()
    assert found[usci, SALES, JAN, ""] == Decimal("1234.56")
    assert found[usci, SALES, FEB, ""] == Decimal(20_000)


def test_a_column_outside_the_catalogue_refuses_the_file(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    path = deliveries.file(
        [(usci, "202601", "1", "1", "张三")], ("usci", "stat_period", "sales_revenue", "tax_total", "老板")
    )
    with pytest.raises(FileProblem, match="老板"):
        deliveries.take(path)


def test_a_missing_column_refuses_the_file(deliveries: Deliveries) -> None:
    with pytest.raises(FileProblem, match="税额总额"):
        deliveries.take(deliveries.file([], TITLES[:4]))


def test_a_file_of_titles_alone_is_refused(deliveries: Deliveries) -> None:
    with pytest.raises(FileProblem, match="no rows"):
        deliveries.take(deliveries.file([]))


def test_the_same_file_twice_changes_nothing(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    path = deliveries.file([(usci, "202601", "1", "", "1"), ("91370402MA3C1A2B3D", "202601", "1", "", "1")])
    first = deliveries.take(path)
    before = {
        table: deliveries.count(table) for table in ("credit_batches", "credit_rejects", "credit_observation_claims")
    }
    again = deliveries.take(path)
    assert again.repeated
    assert again.batch.id == first.batch.id
    assert {table: deliveries.count(table) for table in before} == before


def test_a_file_delivered_again_takes_what_the_registry_now_knows(deliveries: Deliveries, factory: Factory) -> None:
    early, late = factory.enterprise(), factory.enterprise()
    rows = [(early.usci, "202601", "1", "", "1"), (late.usci, "202601", "1", "", "1")]
    path = deliveries.file(rows)
    code, late.usci = late.usci, "91370402MA3C1A2B3Y"
    factory.session.flush()
    assert deliveries.take(path).batch.lines_rejected == 1
    late.usci = code
    factory.session.flush()
    again = deliveries.take(path)
    assert not again.repeated
    assert (again.batch.values_new, again.batch.values_confirmed) == (2, 2)


def test_the_newest_delivery_wins_and_the_earlier_claim_is_kept(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    deliveries.take(deliveries.file([(usci, "202601", "100", "", "1")]))
    result = deliveries.take(deliveries.file([(usci, "202601", "200", "", "1")]))
    assert deliveries.figures()[usci, SALES, JAN, ""] == 200
    assert (result.batch.values_new, result.batch.values_changed, result.batch.values_confirmed) == (0, 1, 1)
    assert deliveries.count("credit_observation_claims") == 2


def test_of_a_repeated_record_the_last_line_counts_and_the_others_are_named(
    deliveries: Deliveries, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    usci = factory.enterprise().usci
    rows = [(usci, "202601", str(number), "", "1") for number in range(1, 6)]
    for lines_of_a_chunk in (60_000, 2):
        monkeypatch.setattr("xinyidai.credit.intake.staging.LINES_OF_A_CHUNK", lines_of_a_chunk)
        monkeypatch.setattr("xinyidai.core.tabular.delimited.BLOCK_CHARACTERS", 40)
        result = deliveries.take(deliveries.file([*rows, (usci, "202602", str(lines_of_a_chunk), "", "1")]))
        assert deliveries.figures()[usci, SALES, JAN, ""] == 5
        assert [one.line for one in result.rejects] == [2, 3, 4, 5]
        batch = result.batch
        assert (batch.lines_read, batch.lines_taken, batch.lines_repeated, batch.lines_rejected) == (6, 2, 4, 0)


def test_several_meters_of_one_month_stand_side_by_side(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    titles = ("统一社会信用代码", "电网户号", "用电所属期", "月用电量", "用电账户状态")
    rows = [(usci, "0011", "202601", "500.5", "正常"), (usci, "0012", "202601", "70", "销户异常")]
    deliveries.take(deliveries.file(rows, titles), "electricity_supply")
    assert deliveries.figures() == {
        (usci, 4111, JAN, "0011"): Decimal("500.5"),
        (usci, 4104, JAN, "0011"): Decimal(1),
        (usci, 4111, JAN, "0012"): Decimal(70),
        (usci, 4104, JAN, "0012"): Decimal(5),
    }


def test_a_series_becomes_one_figure_for_each_month_it_names(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    titles = ("统一社会信用代码", "参保人数", "单位缴费金额", "费款所属期", "当前是否欠缴")
    series = "202512，20；202602，22；"
    deliveries.take(deliveries.file([(usci, series, "202602，9000；", "202602", "否")], titles), "social_insurance")
    assert deliveries.figures() == {
        (usci, 3001, date(2025, 12, 1), ""): Decimal(20),
        (usci, 3001, FEB, ""): Decimal(22),
        (usci, 3002, FEB, ""): Decimal(9000),
        (usci, 3006, FEB, ""): Decimal(0),
    }


def test_figures_of_a_year_are_kept_as_its_december(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    titles = ("统一社会信用代码", "年度", "资产总额", "从业人数", "资产总额是否公示")
    rows = [(usci, "2025", "300", "25", "1"), (usci, "2026", "300", "25", "1")]
    result = deliveries.take(deliveries.file(rows, titles), "annual_report")
    december = date(2025, 12, 1)
    assert deliveries.figures() == {
        (usci, 1401, december, ""): Decimal(3_000_000),
        (usci, 1409, december, ""): Decimal(25),
        (usci, 1410, december, ""): Decimal(1),
    }
    assert reasons(result) == [(3, "年度", "the year is not over yet")]


def test_a_dry_run_says_the_same_and_keeps_nothing(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    path = deliveries.file([(usci, "202601", "1", "", "1"), (usci, "202601", "x", "", "1")])
    dry = deliveries.take(path, dry_run=True)
    assert (dry.kept, deliveries.count("credit_batches"), deliveries.figures()) == (False, 0, {})
    wet = deliveries.take(path)
    assert reasons(dry) == reasons(wet)
    assert dry.batch.values_new == wet.batch.values_new == 2


def test_wan_delivered_as_yuan_is_noticed_by_the_size_of_the_figures(deliveries: Deliveries, factory: Factory) -> None:
    firms = [factory.enterprise() for _number in range(40)]
    deliveries.take(deliveries.file([(firm.usci, "202601", "500000", "", "15000") for firm in firms]))
    wrong = deliveries.file([(firm.usci, "202602", "50", "", "1.5") for firm in firms])
    with pytest.raises(FileProblem, match="1/10000"):
        deliveries.take(wrong)
    assert deliveries.take(wrong, units_confirmed=True).batch.values_new == 80


def test_a_delivery_after_the_deadline_is_late_in_working_days(deliveries: Deliveries, factory: Factory) -> None:
    """February's figures are due 15 working days after 28 February 2026 (a worked Saturday): 20 March."""
    usci = factory.enterprise().usci
    assert deliveries.take(deliveries.file([(usci, "202602", "1", "", "1")])).batch.most_days_late == 0
    late = deliveries.take(deliveries.file([(usci, "202512", "1", "", "1"), (usci, "202511", "1", "", "1")])).batch
    assert late.late_lines == 1
    assert late.most_days_late is not None
    assert late.most_days_late > 20


def test_the_months_of_a_metric_are_counted(deliveries: Deliveries, factory: Factory) -> None:
    firms = [factory.enterprise() for _number in range(3)]
    deliveries.take(deliveries.file([(firm.usci, "202601", "1", "", "1") for firm in firms]), TAX)
    deliveries.take(deliveries.file([(firms[0].usci, "202601", "2", "4", "1")]), TAX)
    found = deliveries.session.connection().exec_driver_sql(
        "select metric, figures from credit_metric_months where month = '2026-01-01' order by metric"
    )
    assert [tuple(row) for row in found] == [(SALES, 3), (EXEMPT, 1), (TAXES, 3)]
