"""What registers hold of a firm: shareholders, changes, pledges, real estate, science, honours, trade, agriculture."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from xinyidai.demo import names
from xinyidai.demo.credit.subjects import Desk, Record, Subject, chance, is_factory
from xinyidai.demo.firms import Firm
from xinyidai.enterprises.types import EnterpriseLabel, SubjectKind

_MARKET = "市市场监督管理局"


def shareholders(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """One or two natural persons; what they have paid in leans on the firm's health."""
    firm = subject.firm
    if not subject.is_company or firm.registered_capital is None:
        return
    holders = [(firm.legal_representative, 100)]
    if rng.random() < 0.55:
        part = rng.choice((51, 60, 67, 70, 80, 90))
        holders = [(firm.legal_representative, part), (names.person(rng), 100 - part)]
    new = firm.registered_on > desk.opened - timedelta(days=30)
    paid = (
        0.0
        if new
        else 1.0
        if is_factory(subject)
        else min(1.0, max(0.0, rng.uniform(0.1, 1.1) + 0.15 * subject.health))
    )
    for name, ratio in holders:
        subscribed = float(firm.registered_capital) * ratio / 100
        yield Record(
            "shareholder_contribution",
            firm.registered_on,
            {
                "usci": subject.code,
                "shareholder_name": name,
                "shareholder_type": "自然人",
                "contribution_ratio": ratio,
                "subscribed_amount": round(subscribed, 4),
                "subscribed_on": firm.registered_on.isoformat(),
                "subscribed_manner": "货币",
                "paid_amount": round(subscribed * paid, 4),
                "paid_on": (firm.registered_on + timedelta(days=10)).isoformat() if paid else "",
                "paid_manner": "货币",
            },
        )


def changes(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    firm = subject.firm
    if firm.usci is None or rng.random() > chance(0.14, subject.health, 0.25):
        return
    item = rng.choices(("住所", "经营范围", "法定代表人", "注册资本", "股权"), (34, 30, 14, 12, 10))[0]
    dataset = "equity_change" if item == "股权" else "enterprise_change"
    day = desk.back(rng, dataset, 30)
    if not subject.had(day):
        return
    if item == "股权":
        before = rng.choice((60, 80, 100))
        values: dict[str, object] = {
            "shareholder_name": firm.legal_representative,
            "ratio_before": before,
            "ratio_after": before - rng.choice((10, 20, 30)),
            "state": "有效",
        }
    else:
        before_text = names.person(rng) if item == "法定代表人" else f"原{item}"
        after = {
            "法定代表人": firm.legal_representative,
            "住所": firm.address,
            "注册资本": f"{firm.registered_capital or 0}万元",
        }
        values = {
            "change_item": item,
            "value_before": before_text,
            "value_after": after.get(item, firm.scope),
            "registration_authority": _MARKET,
        }
    yield Record(dataset, day, {"usci": subject.code, "changed_on": day.isoformat(), **values})


def pledges(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    firm = subject.firm
    if not subject.is_company or (firm.employees or 0) < 8 or rng.random() > 0.05:
        return
    kind = rng.choices(("chattel_mortgage", "equity_pledge", "ip_pledge"), (60, 28, 12))[0]
    day, bank = desk.back(rng, kind, 30), rng.choice(("示范市农村商业银行", "示范银行示范市分行", "示范市城市商业银行"))
    if not subject.had(day):
        return
    values: dict[str, object] = {
        "usci": subject.code,
        "pledgee": bank,
        "registered_on": day.isoformat(),
        "state": "有效",
    }
    if kind == "chattel_mortgage":
        values |= {"collateral": rng.choice(("机器设备", "原材料及产成品", "生产线一条")), "pledgor": firm.name}
    elif kind == "equity_pledge":
        share = rng.choice((20, 30, 50))
        values |= {
            "registration_no": f"示股质登〔{day.year}〕{subject.place:05}",
            "pledgor": firm.legal_representative,
            "pledged_equity_amount": round(float(firm.registered_capital or 100) * share / 100, 2),
            "ratio": share,
        }
    else:
        values |= {"ip_right": "发明专利权", "pledgor": firm.name, "ratio": 100}
    yield Record(kind, day, values)


def guarantees(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    if not subject.is_company or not subject.firm.revenue or rng.random() > chance(0.05, subject.health, 0.2):
        return
    year = desk.today.year - (1 if desk.today.month >= 7 else 2)
    if subject.firm.registered_on.year <= year:
        yield Record(
            "annual_report_guarantee",
            date(year + 1, 6, 20),
            {
                "usci": subject.code,
                "report_year": year,
                "creditor": "示范市农村商业银行",
                "debtor": f"示范市{rng.choice(('上游', '关联', '同业'))}商贸有限公司",
                "claim_kind": "合同",
                "claim_amount": round(max(10.0, float(subject.firm.revenue) * rng.uniform(0.03, 0.3))),
                "term": "12个月",
                "guarantee_manner": "连带责任保证",
            },
        )


def web_shops(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    trading = subject.firm.industry.startswith(("F", "C13", "C14", "C18", "H"))
    year = desk.today.year - (1 if desk.today.month >= 7 else 2)
    if not trading or subject.firm.usci is None or subject.firm.registered_on.year > year:
        return
    if rng.random() < 0.2 or is_factory(subject):
        yield Record(
            "annual_report_web_shop",
            date(year + 1, 6, 20),
            {
                "usci": subject.code,
                "report_year": year,
                "shop_name": f"{subject.firm.name[:10]}旗舰店",
                "shop_url": f"https://shop{subject.place:05}.example.com",
            },
        )


def food(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    if not subject.serves_food or rng.random() > 0.9:
        return
    day = desk.back(rng, "food_licence", 64, 1)
    if subject.had(day):
        until = day + timedelta(days=365 * 5)
        makes = subject.firm.industry.startswith("C")
        yield Record(
            "food_licence",
            day,
            {
                "usci": subject.code,
                "licence_no": f"{'SC' if makes else 'JY'}1{subject.firm.area}{subject.place:07}",
                "issued_on": day.isoformat(),
                "valid_to": until.isoformat(),
                "state": "有效" if until > desk.today else "已过期",
            },
        )


def real_estate(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Makers often own their ground; half of it is mortgaged."""
    firm = subject.firm
    if firm.usci is None or (rng.random() > (0.28 if subject.makes else 0.05) and not is_factory(subject)):
        return
    day = firm.registered_on + timedelta(days=rng.randint(60, 900))
    day = min(day, desk.opened - timedelta(days=30))
    if not subject.had(day):
        return
    mortgaged = rng.random() < 0.5 and not is_factory(subject)
    yield Record(
        "real_estate",
        day,
        {
            "usci": subject.code,
            "holder": firm.name,
            "certificate_no": f"示（{day.year}）示范市不动产权第{subject.place:07}号",
            "registered_on": day.isoformat(),
            "use": "工业用地/厂房" if subject.makes else "商业服务",
            "location": firm.address,
            "area": round(max(60.0, (firm.employees or 5) * rng.uniform(20, 70)), 1),
            "right_term": "50年" if subject.makes else "40年",
            "mortgagee": "示范市农村商业银行" if mortgaged else "",
            "mortgage_registered_on": (day + timedelta(days=20)).isoformat() if mortgaged else "",
        },
    )


_HONOURS = {
    EnterpriseLabel.SPECIALISED_NEW: ("省级专精特新中小企业", "市工业和信息化局"),
    EnterpriseLabel.LITTLE_GIANT: ("专精特新“小巨人”企业", "市工业和信息化局"),
    EnterpriseLabel.INNOVATIVE_SME: ("创新型中小企业", "市工业和信息化局"),
    EnterpriseLabel.LEADING_FARM_FIRM: ("市级农业产业化重点龙头企业", "市农业农村局"),
    EnterpriseLabel.MODEL_COOP: ("省级农民合作社示范社", "市农业农村局"),
    EnterpriseLabel.FAMILY_FARM: ("市级示范家庭农场", "市农业农村局"),
}


def honours(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """What the register says of a firm's labels, as the departments that gave them say it."""
    firm = subject.firm
    if firm.usci is None:
        return
    for label, (name, unit) in _HONOURS.items():
        if label.value in firm.labels:
            day = desk.back(rng, "qualification_honour", 33, 2)
            if subject.had(day):
                yield _honour(subject, name, unit, day)
    if firm.industry.startswith("C") and firm.is_alive and (rng.random() < 0.12 or is_factory(subject)):
        day = desk.back(rng, "qualification_honour", 30, 2)
        if subject.had(day):
            yield _honour(subject, "质量管理体系认证", _MARKET, day)
    if subject.health > 1.0 and firm.is_alive and rng.random() < 0.05:
        day = desk.back(rng, "red_list", 24)
        if subject.had(day):
            values = {"usci": subject.code, "list_kind": "honest_lu_merchant", "listed_on": day.isoformat(),
                      "valid_to": (day + timedelta(days=730)).isoformat(), "listing_authority": _MARKET}  # fmt: skip
            yield Record("red_list", day, values, unit=_MARKET)


def _honour(subject: Subject, name: str, unit: str, day: date) -> Record:
    return Record(
        "qualification_honour",
        day,
        {
            "usci": subject.code,
            "name": name,
            "certificate_no": f"示证{day.year}{subject.place:05}",
            "class_and_level": "市级" if name.startswith("市级") else "省级",
            "valid_to": (day + timedelta(days=365 * 3)).isoformat(),
            "issuer": unit,
            "issued_on": day.isoformat(),
        },
        unit=unit,
    )


_INNOVATIVE = {
    label.value for label in (EnterpriseLabel.LITTLE_GIANT, EnterpriseLabel.INNOVATIVE_SME, EnterpriseLabel.HIGH_TECH)
}
_INVENTIONS = ("一种节能输送装置", "一种自动分拣机构", "一种防尘加工设备", "一种高强度复合材料", "一种恒温干燥工艺")


def science(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    firm, labels = subject.firm, set(subject.firm.labels)
    if firm.usci is None:
        return
    year = desk.today.year - 1
    if EnterpriseLabel.HIGH_TECH.value in labels:
        day = desk.back(rng, "high_tech_certificate", 33, 1)
        if subject.had(day):
            values = {
                "usci": subject.code,
                "certificate_no": f"GR{day.year}37{subject.place:06}",
                "issued_on": day.isoformat(),
            }
            yield Record("high_tech_certificate", day, values)
    if EnterpriseLabel.TECH_SME.value in labels:
        for one in (year - 1, year):
            if firm.registered_on.year <= one:
                yield Record("tech_sme", date(one, 11, 20), {"usci": subject.code, "stat_year": one})
    if labels & _INNOVATIVE and firm.registered_on.year <= year:
        yield Record("innovation_label", date(year, 12, 10), _innovation(subject, labels, year))
    technical = bool(labels & {EnterpriseLabel.HIGH_TECH.value, EnterpriseLabel.TECH_SME.value})
    if rng.random() < (0.7 if technical else 0.08 if subject.makes else 0.0) or is_factory(subject):
        for number in range(rng.randint(1, 6) if technical else 1):
            day = desk.back(rng, "patent", 58)
            if subject.had(day):
                yield Record("patent", day, _patent(subject, rng, day, number))


def _innovation(subject: Subject, labels: set[str], year: int) -> dict[str, object]:
    return {
        "usci": subject.code,
        "little_giant": int(EnterpriseLabel.LITTLE_GIANT.value in labels),
        "small_enterprise": int(subject.firm.size.value in ("small", "micro")),
        "innovative_enterprise": int(EnterpriseLabel.INNOVATIVE_SME.value in labels),
        "high_and_new": int(EnterpriseLabel.HIGH_TECH.value in labels),
        "technology_enterprise": int(EnterpriseLabel.TECH_SME.value in labels),
        "national_high_tech": int(EnterpriseLabel.HIGH_TECH.value in labels),
        "stat_year": year,
    }


def _patent(subject: Subject, rng: Random, day: date, number: int) -> dict[str, object]:
    kind, digit = rng.choices((("发明专利", 1), ("实用新型专利", 2), ("外观设计专利", 3)), (30, 55, 15))[0]
    return {
        "usci": subject.code,
        "patent_no": f"ZL{day.year - 1}{digit}0{subject.place:05}{number}.{rng.randrange(10)}",
        "patent_type": kind,
        "invention_name": rng.choice(_INVENTIONS),
        "granted_on": day.isoformat(),
        "status": "有效",
        "pledged": 0,
    }


def trade(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Public contracts won, and goods in warehouses."""
    firm = subject.firm
    if not firm.is_alive or firm.usci is None:
        return
    bids = firm.industry.startswith(("E", "I", "M", "N", "F516", "K7020", "L72", "C3311", "H6241"))
    if bids and rng.random() < chance(0.25, subject.health, -0.3):
        for number in range(rng.choices((1, 2, 4), (60, 30, 10))[0]):
            day = desk.back(rng, "public_trading", 24)
            if subject.had(day):
                yield Record("public_trading", day, _contract(subject, rng, day, number))
    stores = firm.industry.startswith(("F511", "F516", "F5432", "C13", "C14", "G59"))
    if stores and rng.random() < 0.2:
        for number in range(rng.randint(1, 3)):
            day = desk.back(rng, "warehouse_receipt", 12)
            if subject.had(day):
                yield Record("warehouse_receipt", day, _receipt(subject, rng, day, number))


def _contract(subject: Subject, rng: Random, day: date, number: int) -> dict[str, object]:
    buyer = rng.choice(("示范市第一中学", "示范市中心医院", "示范市住房和城乡建设局", "示范市机关事务服务中心"))
    words = {"E": "维修改造工程", "I": "信息化建设项目", "H": "食堂餐饮服务", "K": "物业服务"}
    return {
        "project_name": f"{buyer}{words.get(subject.firm.industry[0], '货物与服务采购')}（{number + 1}包）",
        "buyer": buyer,
        "winner_usci": subject.code,
        "award_amount": round(max(30_000.0, subject.revenue * rng.uniform(0.02, 0.2)), 2),
        "awarded_on": day.isoformat(),
        "contract_no": f"SFZC-{day.year}-{subject.place:05}-{number}",
        "signed_on": day.isoformat(),
        "contract_term": "12个月",
        "payment_progress": rng.choice((30, 60, 90, 100)),
        "performance_appraisal": rng.choices(("优", "良", "合格", "不合格"), (40, 40, 17, 3))[0],
    }


def _receipt(subject: Subject, rng: Random, day: date, number: int) -> dict[str, object]:
    tonnes = round(rng.uniform(10, 400), 1)
    return {
        "usci": subject.code,
        "receipt_no": f"CD{day:%Y%m%d}{subject.place:05}{number}",
        "goods": rng.choice(("小麦", "面粉", "钢材", "冷冻食品", "包装材料")),
        "quantity": tonnes,
        "value": round(tonnes * rng.uniform(2500, 5200), 2),
        "in_on": day.isoformat(),
        "pledged": int(rng.random() < 0.15),
    }


_CLASSES = {
    EnterpriseLabel.FAMILY_FARM: "family_farm",
    EnterpriseLabel.LEADING_FARM_FIRM: "leading_firm",
    EnterpriseLabel.MODEL_COOP: "cooperative",
    EnterpriseLabel.LARGE_GROWER: "large_grower",
}


def agriculture(subject: Subject, rng: Random, desk: Desk) -> Iterator[Record]:
    """Also farm households, under their internal code."""
    firm, year = subject.firm, desk.today.year - 1
    classes = [_CLASSES[EnterpriseLabel(label)] for label in firm.labels if EnterpriseLabel(label) in _CLASSES]
    if firm.kind is SubjectKind.FARMER_COOP and "cooperative" not in classes:
        classes.append("cooperative")
    if not classes or firm.registered_on.year > year:
        return
    yield Record("new_agri_operator", date(year, 12, 20), _operator(subject, rng, firm, classes[0], year))


def _operator(subject: Subject, rng: Random, firm: Firm, operator_class: str, year: int) -> dict[str, object]:
    plots = round(rng.uniform(30, 600))
    insured = rng.random() < 0.6
    return {
        "subject_code": subject.code,
        "operator_class": operator_class,
        "plots": f"{firm.address}等{rng.randint(1, 6)}块",
        "crop": rng.choice(("小麦、玉米", "马铃薯", "设施蔬菜", "石榴", "长红枣", "食用菌")),
        "scale": plots,
        "insurance_type": "政策性种植险" if insured else "",
        "insurance_sum": plots * 950 if insured else "",
        "insurance_term": "1年" if insured else "",
        "subsidy_amount": round(plots * rng.uniform(60, 140), 2),
        "stat_year": year,
    }


MAKERS = (
    shareholders, changes, pledges, guarantees, web_shops, food, real_estate, honours, science, trade, agriculture,
)  # fmt: skip
