"""Grades that departments give, and the tax authority's records of single firms."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from xinyidai.demo.credit.economy import Fate
from xinyidai.demo.credit.subjects import Desk, Record, Subject, chance, is_factory

_TAX = "市税务局"


def tax_grades(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Published in April for the year before; only A is public."""
    if not subject.is_company:
        return
    for year in range(desk.today.year - 3, desk.today.year):
        day = desk.near(rng, "tax_credit_grade", date(year + 1, 4, 15))
        if day >= desk.today or subject.firm.registered_on.year > year:
            continue
        grade = _tax_grade(subject, rng, year)
        yield Record(
            "tax_credit_grade",
            day,
            {
                "usci": subject.code,
                "evaluation_year": year,
                "grade": grade,
                "graded_on": day.isoformat(),
                "valid_to": date(year + 2, 4, 14).isoformat(),
                "grading_authority": _TAX,
            },
        )
        if grade == "A":
            values = {
                "usci": subject.code,
                "taxpayer_name": subject.firm.name,
                "evaluation_year": year,
                "data_source": _TAX,
            }
            yield Record("tax_a_list", day, values)


def _tax_grade(subject: Subject, rng: Random, year: int) -> str:
    if is_factory(subject):
        return {0: "B", 1: "B"}.get(year % 3, "A") if year % 2 else "A"
    if subject.firm.registered_on.year >= year - 1:
        return "M"
    if subject.fate is Fate.FAILING and subject.trouble.year <= year:
        return rng.choice("CD")
    score = subject.health + rng.gauss(0, 0.45)
    return "A" if score > 0.75 else "B" if score > -1.1 else "M" if rng.random() < 0.4 else "C"


def tax_trouble(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Arrears made public, firms that cannot be found, penalties and inspections."""
    if subject.firm.usci is None or is_factory(subject):
        return
    firm, trouble = subject.firm, subject.trouble
    recent = desk.today - timedelta(days=4)
    if subject.fate in (Fate.FAILING, Fate.LAGGING) and rng.random() < 0.65:
        day = desk.near(rng, "tax_arrears", min(trouble + timedelta(days=110), recent))
        yield Record(
            "tax_arrears",
            day,
            {
                "usci": subject.code,
                "tax_kind": "增值税",
                "arrears_balance": round(max(800.0, subject.revenue * rng.uniform(0.004, 0.02)), 2),
                "publishing_department": _TAX,
                "published_on": day.isoformat(),
            },
        )
    if (not firm.is_alive and rng.random() < 0.12) or (subject.fate is Fate.FAILING and rng.random() < 0.08):
        day = desk.near(rng, "tax_abnormal", min(trouble + timedelta(days=150), recent))
        yield Record(
            "tax_abnormal",
            day,
            {"usci": subject.code, "determined_on": day.isoformat(), "tax_authority": _TAX},
        )
    if rng.random() < chance(0.018, subject.health):
        day = desk.back(rng, "tax_penalty", 36)
        if subject.had(day):
            yield Record(
                "tax_penalty",
                day,
                {
                    "usci": subject.code,
                    "document_no": f"示税简罚〔{day.year}〕{subject.place:05}号",
                    "violation_facts": "未按照规定期限办理纳税申报和报送纳税资料",
                    "penalty_amount": rng.choice((50, 100, 200, 500, 2000)),
                    "decided_on": day.isoformat(),
                },
            )
    if subject.is_company and rng.random() < chance(0.006, subject.health):
        yield from _inspection(subject, rng, desk)


def _inspection(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    day = desk.back(rng, "tax_inspection", 34)
    if not subject.had(day):
        return
    recovered = round(max(3_000.0, subject.revenue * rng.uniform(0.002, 0.02)), 2)
    yield Record(
        "tax_inspection",
        day,
        {
            "usci": subject.code,
            "document_no": f"示税稽处〔{day.year}〕{subject.place:05}号",
            "recovered_amount": recovered,
            "penalty_amount": round(recovered * 0.5, 2),
            "transferred": 0,
            "concluded_on": day.isoformat(),
        },
    )
    if subject.fate is Fate.FAILING:
        yield Record(
            "tax_serious_case",
            day,
            {
                "usci": subject.code,
                "taxpayer_name": subject.firm.name,
                "responsible_name": subject.firm.legal_representative,
                "reporting_period": f"{day.year}年第{(day.month - 1) // 3 + 1}季度",
                "case_nature": "走逃（失联）",
                "violation_facts": "经税务机关检查确认走逃（失联）",
                "data_source": _TAX,
            },
        )


def public_grade(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """The grade A to D that the province issues every year; taken over, never computed here."""
    if subject.firm.usci is None or not subject.firm.is_alive or subject.firm.usci.startswith("92"):
        return
    for year in (desk.today.year - 1, desk.today.year):
        day = desk.near(rng, "public_evaluation", date(year, 6, 18))
        if day >= desk.today or not subject.had(day):
            continue
        failing = subject.fate is Fate.FAILING and subject.trouble < day
        score = subject.health + rng.gauss(0, 0.4) - (2.2 if failing else 0)
        yield Record(
            "public_evaluation",
            day,
            {
                "usci": subject.code,
                "scheme": f"省企业公共信用综合评价（{year}年版）",
                "grade": "A" if score > 0.3 else "B" if score > -1.3 else "C" if score > -2.3 else "D",
                "issuer": "省公共信用信息中心",
                "evaluated_on": day.isoformat(),
                "received_at": day.isoformat(),
            },
        )


MAKERS = (tax_grades, tax_trouble, public_grade)
