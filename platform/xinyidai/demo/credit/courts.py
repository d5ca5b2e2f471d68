"""Judgments, enforcement, and the lists on which a firm may stand."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from xinyidai.demo.credit.economy import Fate
from xinyidai.demo.credit.subjects import Desk, Record, Subject, chance, is_factory

_COURTS = ("示范市中级人民法院", "示范市城中区人民法院", "示范市高新区人民法院")
_CAUSES = (
    ("买卖合同纠纷", 46), ("金融借款合同纠纷", 16), ("劳动争议", 12), ("承揽合同纠纷", 10),
    ("建设工程施工合同纠纷", 9), ("租赁合同纠纷", 7),
)  # fmt: skip
_MARKET = "市市场监督管理局"


def judgments(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Firms sue and are sued: weak ones are sued more often, and then over loans."""
    if is_factory(subject):
        yield _judgment(subject, rng, desk.near(rng, "judgment", desk.today - timedelta(days=300)), "原告", 0)
        return
    if not subject.is_company or rng.random() > chance(0.1, subject.health, 0.45):
        return
    for number in range(rng.choices((1, 2, 3), (75, 18, 7))[0]):
        day = desk.back(rng, "judgment", 36)
        if subject.had(day):
            defends = rng.random() < chance(0.55, subject.health, 0.25)
            yield _judgment(subject, rng, day, "被告" if defends else "原告", number)


def _judgment(subject: Subject, rng: Random, day: date, position: str, number: int) -> Record:
    causes, weights = zip(*_CAUSES, strict=True)
    cause = "买卖合同纠纷" if position == "原告" else rng.choices(causes, weights)[0]
    amount = -1 if rng.random() < 0.1 else round(max(8_000, subject.revenue * rng.uniform(0.005, 0.09)), 2)
    return Record(
        "judgment",
        day,
        {
            "usci": subject.code,
            "case_no": _case(day, "民初", subject, number),
            "case_type": "民事案件",
            "document_type": "民事判决书",
            "court": rng.choice(_COURTS),
            "judged_on": day.isoformat(),
            "cause": cause,
            "position": position,
            "amount": amount,
        },
    )


def _case(day: date, word: str, subject: Subject, number: int) -> str:
    return f"（{day.year}）示04{number:02}{word}{subject.place:05}号"


def enforcement(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Of the failing, half come under enforcement and a sixth onto the list of dishonest debtors."""
    failing = subject.fate is Fate.FAILING and subject.firm.usci is not None
    if not failing and (is_factory(subject) or not subject.is_company or rng.random() > chance(0.006, subject.health)):
        return
    if failing and rng.random() > 0.5:
        return
    begun = subject.trouble + timedelta(days=90) if failing else desk.back(rng, "judgment_debtor", 30, 6)
    filed = desk.near(rng, "judgment_debtor", min(begun, desk.today - timedelta(days=9)))
    if not subject.had(filed):
        return
    court, amount = rng.choice(_COURTS), round(max(20_000, subject.revenue * rng.uniform(0.02, 0.25)), 2)
    case = _case(filed, "执", subject, 0)
    closed = None if failing else desk.near(rng, "judgment_debtor", filed + timedelta(days=rng.randint(40, 140)))
    debtor = {"usci": subject.code, "case_no": case, "court": court, "filed_on": filed.isoformat(), "amount": amount}
    over = None if closed is None or closed >= desk.today else (closed, {"closed_on": closed.isoformat()})
    yield Record("judgment_debtor", filed, debtor, later=over)
    if failing:
        yield from _unperformed(subject, rng, desk, filed, court, amount)


def _unperformed(subject: Subject, rng: Random, desk: Desk, filed: date, court: str, amount: float) -> Iterator[Record]:
    day = desk.near(rng, "unperformed_judgment", min(filed + timedelta(days=70), desk.today - timedelta(days=4)))
    left = round(amount * rng.uniform(0.3, 1.0), 2)
    yield Record(
        "unperformed_judgment",
        day,
        {
            "usci": subject.code,
            "case_no": _case(filed, "执", subject, 0),
            "enforced_amount": amount,
            "unperformed_amount": left,
            "cause": "买卖合同纠纷",
            "perform_by": filed.isoformat(),
            "exposed_on": day.isoformat(),
        },
    )
    if rng.random() < 0.35:
        yield Record(
            "asset_freeze",
            day,
            {
                "usci": subject.code,
                "document_no": _case(filed, "执保", subject, 1),
                "asset_kind": rng.choice(("股权", "银行存款", "不动产")),
                "amount": round(left / 10_000, 4),
                "from_on": day.isoformat(),
                "to_on": (day + timedelta(days=365 * 3)).isoformat(),
            },
        )
    if rng.random() < 0.4:
        yield from _dishonest(subject, rng, filed, day, court, left)


def _dishonest(subject: Subject, rng: Random, filed: date, day: date, court: str, left: float) -> Iterator[Record]:
    case = _case(filed, "执", subject, 0)
    yield Record(
        "dishonest_debtor",
        day,
        {
            "subject_name": subject.firm.name,
            "subject_code": subject.code,
            "responsible_name": subject.firm.legal_representative,
            "court": court,
            "province": "示范省",
            "filed_on": filed.isoformat(),
            "case_no": case,
            "duty": f"支付货款及利息{left}元",
            "performance": rng.choice(("全部未履行", "部分未履行")),
            "conduct": "有履行能力而拒不履行生效法律文书确定义务",
            "published_on": day.isoformat(),
        },
    )
    yield Record(
        "consumption_limit",
        day,
        {"usci": subject.code, "case_no": case, "court": court, "issued_on": day.isoformat()},
    )


_NO_REPORT = "未依照规定公示年度报告"
_NOT_FOUND = "通过登记的住所或者经营场所无法联系"


def abnormal(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """A firm without an annual report of last year is listed in July, and most are removed when they have filed."""
    if is_factory(subject):
        yield _listed(subject, desk.today - timedelta(days=760), _NOT_FOUND, desk.today - timedelta(days=735))
        return
    if subject.firm.usci is None or subject.firm.usci.startswith("92"):
        return
    year = desk.today.year if desk.today >= date(desk.today.year, 7, 12) else desk.today.year - 1
    if subject.firm.revenue is None and subject.firm.registered_on.year < year:
        day = desk.near(rng, "abnormal_list", date(year, 7, 8))
        removed = desk.near(rng, "abnormal_list", day + timedelta(days=rng.randint(40, 200)))
        yield _listed(subject, day, _NO_REPORT, removed if removed < desk.today and rng.random() < 0.55 else None)
    elif rng.random() < chance(0.018, subject.health):
        day = desk.back(rng, "abnormal_list", 36)
        if subject.had(day):
            removed = desk.near(rng, "abnormal_list", day + timedelta(days=rng.randint(30, 300)))
            yield _listed(subject, day, _NOT_FOUND, removed if removed < desk.today and rng.random() < 0.7 else None)


def _listed(subject: Subject, day: date, reason: str, removed: date | None) -> Record:
    first = {
        "usci": subject.code,
        "listed_on": day.isoformat(),
        "listing_reason": reason,
        "listing_authority": _MARKET,
        "data_source": _MARKET,
    }
    if removed is None or removed <= day:
        return Record("abnormal_list", day, first)
    why = "补报未报年份年度报告并公示" if reason == _NO_REPORT else "依法办理住所变更登记"
    end = {"removed_on": removed.isoformat(), "removal_reason": why, "removal_authority": _MARKET}
    return Record("abnormal_list", day, first, later=(removed, end))


def serious(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Few: lists of serious dishonesty of the market regulator and of other departments."""
    if is_factory(subject) or not subject.is_company or subject.fate is not Fate.FAILING:
        return
    day = desk.near(rng, "serious_violation_list", min(subject.trouble + timedelta(200), desk.today - timedelta(4)))
    if rng.random() < 0.04:
        yield Record(
            "serious_violation_list",
            day,
            {
                "usci": subject.code,
                "listed_on": day.isoformat(),
                "listing_reason": "被列入经营异常名录届满3年仍未履行相关义务",
                "listing_authority": _MARKET,
                "dishonesty_term": "3年",
            },
        )
    if rng.random() < 0.06:
        yield Record(
            "black_list",
            day,
            {
                "subject_code": subject.code,
                "list_kind": "wage_arrears",
                "listing_reason": "克扣、无故拖欠农民工工资数额达到认定标准",
                "listed_on": day.isoformat(),
                "designating_unit": "市人力资源和社会保障局",
            },
            unit="市人力资源和社会保障局",
        )


MAKERS = (judgments, enforcement, abnormal, serious)
