"""Penalties, licences, commitments and grades: how a firm has dealt with the departments."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from xinyidai.demo.credit.economy import Fate
from xinyidai.demo.credit.subjects import Desk, Record, Subject, chance, is_factory, unit_code

_MARKET, _ENVIRONMENT, _SAFETY = "市市场监督管理局", "市生态环境局", "市应急管理局"
_FIRE, _BUILDING, _STREETS, _HEALTH = "市消防救援支队", "市住房和城乡建设局", "市城市管理局", "市卫生健康委员会"


class Offence(NamedTuple):
    """Who punishes what, in which trades (empty: all), and the range of a usual fine in 万元."""

    unit: str
    short: str
    kind: str
    facts: str
    basis: str
    trades: tuple[str, ...]
    fine: tuple[float, float]


_OFFENCES = (
    Offence(
        _MARKET, "市监罚", "广告宣传与事实不符", "在网络店铺使用“销量第一”等无法证实的用语",
        "《中华人民共和国反不正当竞争法》第二十条", ("F", "H", "C13", "C14", "C18", "C20"), (0.5, 8),
    ),
    Offence(
        _MARKET, "市监罚", "食品标签不符合规定", "所售预包装食品标签未标明生产日期、保质期",
        "《中华人民共和国食品安全法》第一百二十五条", ("C13", "C14", "C15", "F52", "H62"), (0.5, 5),
    ),
    Offence(
        _MARKET, "市监罚", "使用未经检定的计量器具", "经营场所使用的电子秤超过检定有效期",
        "《中华人民共和国计量法实施细则》第四十三条", ("F", "A", "C"), (0.05, 0.5),
    ),
    Offence(
        _ENVIRONMENT, "环罚", "未按规定贮存危险废物", "废机油、废活性炭露天堆放，未设置识别标志",
        "《中华人民共和国固体废物污染环境防治法》第一百一十二条", ("C2", "C3", "B", "O81"), (3, 30),
    ),
    Offence(
        _ENVIRONMENT, "环罚", "无组织排放粉尘", "物料堆场未采取密闭或者覆盖措施",
        "《中华人民共和国大气污染防治法》第一百一十七条", ("B", "C30", "C20", "C33", "E"), (1, 10),
    ),
    Offence(
        _SAFETY, "应急罚", "未如实记录安全生产教育培训", "三名新进人员上岗前未经安全生产教育培训并记录",
        "《中华人民共和国安全生产法》第九十七条", ("B", "C", "E", "G"), (1, 10),
    ),
    Offence(
        _FIRE, "消防罚", "占用疏散通道", "经营场所疏散通道堆放货物，影响安全疏散",
        "《中华人民共和国消防法》第六十条", ("C", "F52", "H", "P"), (0.5, 5),
    ),
    Offence(
        _BUILDING, "建罚", "未取得施工许可擅自施工", "在建工程开工时未取得施工许可证",
        "《建设工程质量管理条例》第五十七条", ("E",), (3, 30),
    ),
    Offence(
        _STREETS, "城管罚", "店外经营", "在经营场所门前人行道摆放商品",
        "《城市市容和环境卫生管理条例》第三十六条", ("F", "H", "O"), (0.01, 0.1),
    ),
    Offence(
        _HEALTH, "卫罚", "从业人员未持有效健康合格证明", "两名从业人员未持有效健康合格证明上岗",
        "《公共场所卫生管理条例实施细则》第三十八条", ("H", "O80", "Q"), (0.05, 0.5),
    ),
)  # fmt: skip
_SERIOUS = ("stop_business", "revoke_licence", "restrict_business")
_SERIOUS_WORDS = {
    "stop_business": "责令停产停业整顿六个月",
    "revoke_licence": "吊销许可证件",
    "restrict_business": "一年内不得从事相关生产经营活动",
}


def penalties(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """A twelfth of the firms have one in three years: half of them slight, one in ten serious."""
    if is_factory(subject):
        yield from _factory_penalties(subject, desk)
        return
    fitting = [one for one in _OFFENCES if subject.firm.usci and subject.firm.industry.startswith(one.trades)]
    if not fitting or rng.random() > chance(0.075, subject.health, 0.5):
        return
    for number in range(1 + (rng.random() < 0.15)):
        day = desk.back(rng, "admin_penalty", 36)
        if subject.had(day):
            severity = rng.choices(("minor", "general", "serious"), (45, 45, 10))[0]
            yield _penalty(subject, rng, rng.choice(fitting), day, severity, number)


def _factory_penalties(subject: Subject, desk: Desk) -> Iterator[Record]:
    """One of this year that can be repaired by now, and one of last year that has been."""
    rng = Random("factory penalties")  # noqa: S311 - repeatable, not secret
    advertising, label = _OFFENCES[0], _OFFENCES[1]
    recent = desk.near(rng, "admin_penalty", desk.today - timedelta(days=150))
    yield _penalty(subject, rng, label, recent, "general", 0)
    yield _penalty(subject, rng, advertising, desk.today - timedelta(days=430), "general", 1)


def _penalty(subject: Subject, rng: Random, offence: Offence, day: date, severity: str, number: int) -> Record:
    low, high = offence.fine
    fine = round(rng.uniform(low, high) * (12 if severity == "serious" else 1), 2)
    if severity == "minor":
        categories, content, fine = "warning", "给予警告，责令改正", 0.0
    elif severity == "general":
        categories, content = "fine", f"罚款人民币{fine}万元"
    else:
        extra = rng.choice(_SERIOUS)
        categories, content = f"fine;{extra}", f"罚款人民币{fine}万元；{_SERIOUS_WORDS[extra]}"
    firm, code = subject.firm, unit_code(offence.unit, subject.firm.area)
    return Record(
        "admin_penalty",
        day,
        {
            "counterpart_name": firm.name,
            "counterpart_category": subject.category,
            "usci": subject.code,
            "legal_rep_name": firm.legal_representative,
            "document_no": f"示{offence.short}〔{day.year}〕{subject.place:05}{number}号",
            "violation_type": offence.kind,
            "violation_facts": offence.facts,
            "penalty_basis": offence.basis,
            "penalty_category": categories,
            "penalty_content": content,
            "fine_amount": fine or "",
            "decided_on": day.isoformat(),
            "valid_to": (day + timedelta(days=365 * 3)).isoformat(),
            "authority": offence.unit,
            "authority_usci": code,
            "source_unit": offence.unit,
            "source_unit_usci": code,
        },
        unit=_MARKET if offence.unit == _MARKET else "市发展和改革委员会",
    )


_LICENCES = (
    ("食品生产许可", ("C13", "C14", "C15"), _MARKET, "registration", 5),
    ("食品经营许可", ("F52", "H62", "F511"), _MARKET, "registration", 5),
    ("排污许可", ("B", "C2", "C3", "D46"), _ENVIRONMENT, "ordinary", 5),
    ("安全生产许可", ("B", "E", "C26"), _SAFETY, "ordinary", 3),
    ("建筑业企业资质", ("E",), _BUILDING, "recognition", 5),
    ("道路运输经营许可", ("G54",), "市交通运输局", "ordinary", 4),
    ("公共场所卫生许可", ("H61", "O80", "O8053"), _HEALTH, "ordinary", 4),
    ("药品经营许可", ("F5251", "F5151"), _MARKET, "ordinary", 5),
    ("人力资源服务许可", ("L7263",), "市人力资源和社会保障局", "ordinary", 5),
)  # fmt: skip
_APPROVALS = "市行政审批服务局"


def licences(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Most firms of a trade that needs a licence have it; one in twelve has let it run out."""
    for number, (name, trades, unit, category, years) in enumerate(_LICENCES):
        if (
            not subject.firm.usci
            or not subject.firm.industry.startswith(trades)
            or (rng.random() > 0.8 and not is_factory(subject))
        ):
            continue
        day = desk.back(rng, "admin_licence", years * 12 + 5, 1)
        if not subject.had(day):
            continue
        code = unit_code(_APPROVALS, subject.firm.area)
        until = day + timedelta(days=365 * years)
        yield Record(
            "admin_licence",
            day,
            {
                "counterpart_name": subject.firm.name,
                "usci": subject.code,
                "legal_rep_name": subject.firm.legal_representative,
                "document_name": f"准予{name}决定书",
                "document_no": f"示审许〔{day.year}〕{subject.place:05}{number}号",
                "licence_category": category,
                "certificate_name": f"{name}证",
                "content": name,
                "decided_on": day.isoformat(),
                "valid_from": day.isoformat(),
                "valid_to": until.isoformat(),
                "authority": unit,
                "authority_usci": unit_code(unit, subject.firm.area),
                "current_status": "有效" if until > desk.today else "过期",
                "source_unit": _APPROVALS,
                "source_unit_usci": code,
            },
            unit=_APPROVALS,
        )


_COMMITMENTS = (
    ("voluntary", "主动向社会公开承诺", "依法诚信经营，不拖欠货款、工资和税费"),
    ("approval_replacing", "办理许可事项", "符合许可条件，材料真实有效"),
    ("certificate_replacing", "申请惠企资金", "未列入严重失信主体名单"),
    ("repair", "申请信用修复", "已纠正失信行为，今后严格守法经营"),
)


def commitments(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    if not subject.firm.usci or not subject.firm.is_alive or (rng.random() > 0.22 and not is_factory(subject)):
        return
    unit = _APPROVALS
    code = unit_code(unit, subject.firm.area)
    for number in range(rng.choice((1, 1, 2))):
        kind, reason, content = _COMMITMENTS[rng.choices(range(4), (55, 25, 15, 5))[0]]
        day = desk.back(rng, "credit_commitment", 34)
        if not subject.had(day):
            continue
        broken = not is_factory(subject) and rng.random() < chance(0.03, subject.health)
        yield Record(
            "credit_commitment",
            day,
            {
                "commitment_no": f"{subject.firm.area}{day:%Y%m%d}{(subject.place * 3 + number) % 1_000_000:06}",
                "promisor_name": subject.firm.name,
                "promisor_category": subject.category,
                "promisor_code": subject.code,
                "commitment_type": kind,
                "reason": reason,
                "content": content,
                "breach_liability": "自愿接受依法依规实施的惩戒",
                "made_on": day.isoformat(),
                "valid_to": (day + timedelta(days=365 * 2)).isoformat(),
                "fulfilment_status": "全部未履行" if broken else rng.choices(("full", "partial"), (94, 6))[0],
                "unfulfilled_content": content if broken else "",
                "status_determined_on": day.isoformat(),
                "status_unit": unit,
                "status_unit_code": code,
                "accepting_unit": unit,
                "accepting_unit_code": code,
                "disclosure_scope": "public",
            },
            unit=unit,
        )


def inspections(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    if subject.firm.usci is None or rng.random() > 0.07:
        return
    day = desk.back(rng, "random_inspection", 30)
    if subject.had(day):
        failed = not is_factory(subject) and rng.random() < chance(0.12, subject.health)
        yield Record(
            "random_inspection",
            day,
            {
                "usci": subject.code,
                "inspection_kind": "双随机、一公开",
                "inspected_on": day.isoformat(),
                "result": "发现问题待后续处理" if failed else "未发现问题",
                "inspecting_authority": _MARKET,
            },
        )


def environment(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Makers are graded every year; green is best."""
    if not subject.makes or (rng.random() > 0.35 and not is_factory(subject)):
        return
    for year in (desk.today.year - 2, desk.today.year - 1):
        day = desk.near(rng, "environment", date(year + 1, 3, 12))
        if day < desk.today and subject.had(date(year, 6, 1)):
            score = subject.health + rng.gauss(0, 0.5)
            grade = "绿标" if score > 0 else "蓝标" if score > -1 else "黄标" if score > -2 else "红标"
            yield Record(
                "environment",
                day,
                {
                    "usci": subject.code,
                    "grade": grade,
                    "batch": f"{year}年度",
                    "valid_to": date(year + 2, 3, 31).isoformat(),
                    "permit_no": f"{subject.code}001P",
                    "graded_on": day.isoformat(),
                },
            )


def safety(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    if subject.firm.industry.startswith(("B", "C", "E", "G")) and rng.random() < 0.004 and not is_factory(subject):
        day = desk.back(rng, "safety_record", 34)
        if subject.had(day):
            yield Record(
                "safety_record",
                day,
                {
                    "usci": subject.code,
                    "record_kind": "发生一般生产安全责任事故",
                    "document_no": f"示应急认〔{day.year}〕{subject.place:05}号",
                    "decided_on": day.isoformat(),
                    "authority": _SAFETY,
                },
            )


def labour(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """The grade of the year before for every fifth employer; unpaid wages where a firm fails."""
    unit = "市人力资源和社会保障局"
    if subject.insured >= 5 and (rng.random() < 0.3 or is_factory(subject)):
        year = desk.today.year - 1
        score = subject.health + rng.gauss(0, 0.5)
        yield Record(
            "labour_grade",
            desk.near(rng, "labour_grade", date(year + 1, 2, 20)),
            {
                "usci": subject.code,
                "evaluation_year": year,
                "grade": "A" if score > -0.3 else "B" if score > -1.8 else "C",
                "grading_authority": unit,
            },
        )
    if subject.fate is Fate.FAILING and subject.firm.usci and rng.random() < 0.2:
        day = desk.near(rng, "wage_arrears", min(subject.trouble + timedelta(days=120), desk.today - timedelta(days=5)))
        yield Record(
            "wage_arrears",
            day,
            {
                "usci": subject.code,
                "document_no": f"示人社监〔{day.year}〕{subject.place:05}号",
                "on_list": int(rng.random() < 0.4),
                "decided_on": day.isoformat(),
                "amount": round(rng.uniform(0.8, 3.0) * max(subject.insured, 3) * 4500),
                "deciding_authority": unit,
            },
        )


MAKERS = (penalties, licences, commitments, inspections, environment, safety, labour)
