"""The catalogue's files are read strictly, and every field of them can be delivered."""

import shutil
from pathlib import Path

import pytest

from xinyidai.core.i18n import use_locale
from xinyidai.core.tabular import FileProblem
from xinyidai.credit.catalogue import CatalogueFault, catalogue, load, recognise
from xinyidai.credit.catalogue.load import DATA
from xinyidai.credit.models import STAGED_FIGURES
from xinyidai.credit.types import DatasetKind, Role, Unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("datasets.toml", "fields.csv", "codes.csv"):
        shutil.copy(str(DATA / name), tmp_path / name)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_data_set_of_the_plan_is_there() -> None:
    needed = {
        "enterprise_registry", "annual_report", "tax_levy", "tax_monthly_summary", "tax_credit_grade", "tax_arrears",
        "social_insurance", "provident_fund", "water_supply", "electricity_supply", "gas_supply", "admin_licence",
        "admin_penalty", "dishonest_debtor", "judgment", "abnormal_list", "serious_violation_list", "public_trading",
        "customs", "warehouse_receipt", "waybill_summary", "real_estate", "high_tech_certificate", "patent",
        "environment", "qualification_honour", "credit_commitment", "new_agri_operator",
    }  # fmt: skip
    assert needed <= set(catalogue().datasets)


def test_the_version_is_dated_and_changes_with_every_word(folder: Path) -> None:
    before = load(folder).version
    assert before == catalogue().version
    assert before.startswith("2026-")
    change(folder, "fields.csv", "销售收入", "销售额")
    assert load(folder).version != before


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("datasets.toml", "number = 22", "number = 23", "does not fit"),
        ("datasets.toml", "number = 25", "number = 24", "number repeated"),
        ("datasets.toml", 'period = "stat_period"', 'period = "nothing"', "fields that it does not have"),
        ("datasets.toml", "displayed", "shown", "unknown entries"),
        ("fields.csv", ",2201,", ",9901,", "does not fit"),
        ("fields.csv", ",2202,", ",2201,", "metric repeated"),
        ("fields.csv", "metric,2201", "metric,", "a metric has a number"),
        ("fields.csv", "tax_levy,levy_item", "tax_levies,levy_item", "unknown data sets|does not have"),
        ("codes.csv", "tax_grade,B", "tax_grade,A", "repeated"),
    ],
)
def test_a_contradiction_is_found_when_the_catalogue_is_read(
    folder: Path, name: str, old: str, new: str, said: str
) -> None:
    change(folder, name, old, new)
    with pytest.raises(CatalogueFault, match=said):
        load(folder)


@pytest.mark.parametrize("code", sorted(catalogue().datasets))
def test_every_field_is_found_by_its_code_its_title_and_its_aliases(code: str) -> None:
    dataset = catalogue().datasets[code]
    needed = {field.code for field in dataset.fields if field.required}
    for field in dataset.fields:
        for title in (field.code, field.name_zh, *field.aliases):
            columns = recognise(dataset, [title, *sorted(needed - {field.code})])
            assert columns.fields[0].code == field.code, title


def test_titles_state_units_and_contradictions_are_refused() -> None:
    dataset = catalogue().datasets["electricity_supply"]
    titles = ["统一社会信用代码", "电网户号", "用电所属期"]
    assert recognise(dataset, [*titles, "月用电量（千瓦时）"]).units[-1] is Unit.KILOWATT_HOURS
    assert recognise(dataset, [*titles, "月用电金额(单位:万元)"]).units[-1] is Unit.WAN_YUAN
    with pytest.raises(FileProblem):
        recognise(dataset, [*titles, "月用电量(万元)"])
    with pytest.raises(FileProblem):
        recognise(dataset, [*titles, "monthly_energy", "月用电量"])


def test_metric_numbers_fit_their_partitions() -> None:
    assert all(1000 <= number < 10_000 for number in catalogue().metrics)
    observed = [one for one in catalogue().datasets.values() if one.kind is DatasetKind.OBSERVATIONS]
    assert all(one.metrics for one in observed)
    assert all(field.role is not Role.METRIC for one in catalogue().datasets.values() for field in one.parts)


def test_names_are_said_in_the_readers_language() -> None:
    dataset = catalogue().datasets["tax_monthly_summary"]
    with use_locale("en"):
        assert dataset.name == "Sales and taxes by month"
    with use_locale("zh_CN"):
        assert dataset.name == "月度纳税汇总"


def test_a_line_of_every_data_set_fits_into_the_staging_table() -> None:
    assert max(len(one.metrics) for one in catalogue().datasets.values()) <= STAGED_FIGURES
