"""Families of products as Chinese lenders publish them: terms and criteria, with the choices in between.

Money in yuan, terms in months, rates in percent a year. A tuple inside a criterion's value is a choice from which
each lender takes one; lists are values as they stand.
"""

from dataclasses import dataclass

from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.types import GuaranteeMode, RepaymentMode

_K, _G, _R = InstitutionKind, GuaranteeMode, RepaymentMode
Criterion = tuple[str, str, object]

BANKS = frozenset({_K.STATE_BANK, _K.JOINT_STOCK_BANK, _K.CITY_BANK, _K.RURAL_BANK, _K.VILLAGE_BANK, _K.PRIVATE_BANK})
_LARGE = frozenset({_K.STATE_BANK, _K.JOINT_STOCK_BANK, _K.CITY_BANK})
_COUNTRY = frozenset({_K.STATE_BANK, _K.CITY_BANK, _K.RURAL_BANK, _K.VILLAGE_BANK})

_IN_BUSINESS: Criterion = ("registration_status", "in", ["operating", "existing"])
_NOT_DISHONEST: Criterion = ("dishonest_debtor", "is", False)
_NOT_ENFORCED: Criterion = ("judgment_debtor", "is", False)
_NOT_ABNORMAL: Criterion = ("abnormal_list", "is", False)
_SMALL: Criterion = ("size", "in", (["micro", "small"], ["micro", "small", "medium"]))
_BUSINESS_KINDS: Criterion = ("subject_kind", "in", ["enterprise", "self_employed"])
_ENTERPRISES: Criterion = ("subject_kind", "in", ["enterprise"])


def _months(*choices: int) -> Criterion:
    return ("months_in_business", ">=", choices)


@dataclass(frozen=True, slots=True)
class Family:
    """``premium`` is added to the lender's lowest rate, ``spread`` lies between its lowest and highest.

    ``amounts`` and ``terms`` are choices of (least, most).
    """

    word: str
    kinds: frozenset[InstitutionKind]
    amounts: tuple[tuple[int, int], ...]
    terms: tuple[tuple[int, int], ...]
    premium: float
    spread: float
    guarantees: tuple[GuaranteeMode, ...]
    repayments: tuple[RepaymentMode, ...]
    days: tuple[int, ...]
    criteria: tuple[Criterion, ...]
    text: str
    materials: tuple[str, ...] = ()


_W = 10_000
_CREDIT_REPAYMENTS = (_R.INTEREST_MONTHLY, _R.REVOLVING)
_INSTALMENTS = (_R.EQUAL_INSTALMENT, _R.EQUAL_PRINCIPAL, _R.INTEREST_MONTHLY)

FAMILIES = (
    Family(
        "税信贷", BANKS, ((5 * _W, 300 * _W), (10 * _W, 500 * _W), (5 * _W, 200 * _W)), ((3, 12), (6, 36)), 0.35, 1.6,
        (_G.CREDIT,), _CREDIT_REPAYMENTS, (1, 2, 3),
        (_IN_BUSINESS, _BUSINESS_KINDS, _months(24, 24, 36, 18), ("tax_grade", "in", (["A", "B"], ["A", "B", "M"])),
         ("tax_paid_12m", ">=", (10_000, 20_000, 30_000, 50_000)), _NOT_DISHONEST),
        "凭纳税记录核定额度，无须抵押，随借随还。", ("近一年纳税申报表",),
    ),
    Family(
        "流水贷", BANKS, ((3 * _W, 100 * _W), (5 * _W, 200 * _W)), ((3, 12), (3, 24)), 0.7, 2.2,
        (_G.CREDIT,), (_R.EQUAL_INSTALMENT, _R.REVOLVING), (1, 2, 3),
        (_IN_BUSINESS, _months(6, 12, 18), _SMALL, ("annual_revenue", ">=", (300_000, 500_000, 1_000_000)),
         _NOT_ABNORMAL),
        "以经营收入和结算流水核定额度，适合收款频繁的商户和小企业。", ("近六个月银行流水",),
    ),
    Family(
        "抵享贷", BANKS, ((20 * _W, 1000 * _W), (30 * _W, 2000 * _W), (50 * _W, 5000 * _W)),
        ((6, 36), (12, 60), (12, 120)),
        0.1, 1.3, (_G.MORTGAGE,), _INSTALMENTS, (5, 7, 10),
        (_IN_BUSINESS, _months(12, 12, 24), _NOT_ENFORCED),
        "以本地住宅、商铺、厂房或土地使用权作抵押，额度高，可循环使用。", ("不动产权属证书", "评估报告"),
    ),
    Family(
        "担易贷", BANKS, ((10 * _W, 500 * _W), (20 * _W, 1000 * _W)), ((6, 12), (6, 36)), 0.3, 1.5,
        (_G.GUARANTEE,), _INSTALMENTS, (5, 7, 10),
        (_IN_BUSINESS, _SMALL, _months(12, 12, 24),
         ("existing_loan_balance", "<=", (3_000_000, 5_000_000, 10_000_000))),
        "由政府性融资担保公司或自然人提供保证，担保费率优惠。", ("保证人资料",),
    ),
    Family(
        "普惠小微贷", BANKS, ((5 * _W, 300 * _W), (10 * _W, 1000 * _W)), ((3, 24), (6, 36)), 0.25, 1.7,
        (_G.CREDIT, _G.GUARANTEE, _G.MORTGAGE), _INSTALMENTS, (3, 5, 7),
        (_IN_BUSINESS, ("size", "in", ["micro", "small"]), _months(6, 12, 12), _NOT_DISHONEST, _NOT_ABNORMAL),
        "面向小型、微型企业的普惠贷款，信用与担保方式均可。",
    ),
    Family(
        "商户贷", BANKS, ((1 * _W, 50 * _W), (2 * _W, 100 * _W)), ((3, 12), (6, 24)), 0.8, 2.4,
        (_G.CREDIT, _G.GUARANTEE), (_R.EQUAL_INSTALMENT, _R.REVOLVING), (1, 2, 3),
        (_IN_BUSINESS, ("subject_kind", "in", ["self_employed"]), _months(6, 12),
         ("industry", "prefix_in", (["F52", "H", "O"], ["F", "H", "O", "R"]))),
        "为个体工商户的进货、装修和周转提供小额贷款。", ("经营场所证明",),
    ),
    Family(
        "惠耕贷", _COUNTRY, ((1 * _W, 30 * _W), (3 * _W, 100 * _W), (5 * _W, 300 * _W)),
        ((6, 12), (6, 24), (6, 36)), 0.4, 1.9,
        (_G.CREDIT, _G.GUARANTEE), (_R.BULLET, _R.INTEREST_QUARTERLY), (3, 5),
        (("subject_kind", "in", ["farm_household", "farmer_coop", "self_employed", "enterprise"]),
         ("industry", "prefix_in", ["A"]), _months(6, 12)),
        "支持种植和养殖，按生产周期还款。", ("土地承包或流转合同",),
    ),
    Family(
        "兴社贷", _COUNTRY, ((10 * _W, 200 * _W), (20 * _W, 500 * _W)), ((6, 24), (12, 36)), 0.4, 1.6,
        (_G.GUARANTEE, _G.CREDIT, _G.PLEDGE), (_R.INTEREST_QUARTERLY, _R.BY_STAGES), (5, 7),
        (("subject_kind", "in", ["farmer_coop"]), _IN_BUSINESS, _months(12, 24), _NOT_ABNORMAL),
        "农民专业合作社专属，支持统购农资、仓储和初加工。", ("合作社章程及成员名册",),
    ),
    Family(
        "科创贷", _LARGE, ((20 * _W, 1000 * _W), (50 * _W, 3000 * _W)), ((6, 36), (12, 36)), 0.15, 1.1,
        (_G.CREDIT, _G.PLEDGE), (_R.INTEREST_MONTHLY, _R.BY_STAGES), (3, 5, 7),
        (_IN_BUSINESS, _ENTERPRISES, _months(12, 24),
         ("labels", "any_of", (["high_tech", "tech_sme"], ["high_tech", "tech_sme", "innovative_sme"])),
         _NOT_DISHONEST),
        "面向高新技术企业和科技型中小企业，可凭知识产权增信。", ("资质证书",),
    ),
    Family(
        "专新贷", _LARGE, ((50 * _W, 2000 * _W), (100 * _W, 5000 * _W)), ((12, 36), (12, 60)), 0.05, 0.9,
        (_G.CREDIT, _G.GUARANTEE), (_R.INTEREST_QUARTERLY, _R.BY_STAGES), (5, 7),
        (_IN_BUSINESS, _ENTERPRISES, ("labels", "any_of", ["specialised_new", "little_giant"]), _months(24, 36)),
        "“专精特新”企业专属，额度与研发投入、订单挂钩。", ("认定文件",),
    ),
    Family(
        "社保贷", frozenset({_K.STATE_BANK, _K.CITY_BANK, _K.PRIVATE_BANK}),
        ((10 * _W, 200 * _W), (10 * _W, 500 * _W)), ((3, 12), (6, 24)),
        0.5, 1.8, (_G.CREDIT,), _CREDIT_REPAYMENTS, (2, 3),
        (_IN_BUSINESS, _ENTERPRISES, _months(12, 24), ("social_insurance_headcount", ">=", (3, 5, 10)),
         ("social_insurance_months", ">=", (6, 12)), _NOT_DISHONEST),
        "按连续缴纳社会保险的人数和月数核定信用额度。", ("社保缴费证明",),
    ),
    Family(
        "电力贷", frozenset({_K.STATE_BANK, _K.JOINT_STOCK_BANK, _K.CITY_BANK}),
        ((10 * _W, 300 * _W), (20 * _W, 500 * _W)), ((3, 12), (6, 24)),
        0.45, 1.6, (_G.CREDIT,), _CREDIT_REPAYMENTS, (2, 3, 5),
        (_IN_BUSINESS, ("industry", "prefix_in", ["B", "C", "D"]), _months(12, 24),
         ("electricity_kwh_12m", ">=", (50_000, 100_000, 200_000))),
        "以用电数据反映开工情况，免抵押。", ("电费缴纳证明",),
    ),
    Family(
        "信分贷", frozenset({_K.STATE_BANK, _K.CITY_BANK, _K.RURAL_BANK, _K.PRIVATE_BANK}),
        ((3 * _W, 100 * _W), (5 * _W, 300 * _W)), ((3, 12), (3, 24)),
        0.55, 2.0, (_G.CREDIT,), _CREDIT_REPAYMENTS, (1, 2),
        (_IN_BUSINESS, ("credit_score", ">=", (600, 620, 650, 680)), _NOT_DISHONEST, _NOT_ENFORCED),
        "以平台信用评分为主要依据，线上审批。",
    ),
    Family(
        "设备贷", _LARGE, ((50 * _W, 3000 * _W), (100 * _W, 8000 * _W)), ((12, 60), (24, 60)), 0.15, 1.2,
        (_G.MORTGAGE, _G.PLEDGE, _G.GUARANTEE), (_R.EQUAL_PRINCIPAL, _R.BY_STAGES), (7, 10, 15),
        (_IN_BUSINESS, _ENTERPRISES, ("industry", "prefix_in", (["C"], ["B", "C", "D"])), _months(24, 36),
         ("annual_revenue", ">=", (3_000_000, 5_000_000))),
        "支持设备更新和技术改造，期限与折旧年限相配。", ("设备购置合同",),
    ),
    Family(
        "订单融", _LARGE, ((30 * _W, 2000 * _W), (50 * _W, 3000 * _W)), ((1, 12), (3, 12)), 0.25, 1.3,
        (_G.PLEDGE,), (_R.BULLET, _R.INTEREST_MONTHLY), (3, 5),
        (_IN_BUSINESS, _ENTERPRISES, ("industry", "prefix_in", ["C", "F51", "G"]), _months(12, 24),
         ("penalties_36m", "<=", (1, 2, 3))),
        "以应收账款或订单作质押，回款即还。", ("购销合同", "应收账款明细"),
    ),
    Family(
        "首贷通", frozenset({_K.STATE_BANK, _K.CITY_BANK, _K.RURAL_BANK}), ((5 * _W, 100 * _W), (5 * _W, 200 * _W)),
        ((3, 12), (6, 24)),
        0.3, 1.5, (_G.CREDIT, _G.GUARANTEE), _INSTALMENTS, (3, 5),
        (_IN_BUSINESS, _SMALL, ("existing_loans", "is", False), _months(6, 12)),
        "从未在银行贷过款的小微企业专属。",
    ),
    Family(
        "创业贷", frozenset({_K.STATE_BANK, _K.CITY_BANK, _K.RURAL_BANK, _K.VILLAGE_BANK}),
        ((5 * _W, 30 * _W), (10 * _W, 300 * _W)), ((12, 24), (12, 36)),
        0.2, 1.4, (_G.GUARANTEE,), (_R.INTEREST_QUARTERLY, _R.BULLET), (7, 10),
        (_IN_BUSINESS, _BUSINESS_KINDS, ("months_in_business", "between", ([3, 60], [6, 72])), _SMALL),
        "创业担保贷款，符合条件的可申请财政贴息。", ("创业证明",),
    ),
    Family(
        "绿能贷", frozenset({_K.STATE_BANK, _K.JOINT_STOCK_BANK}), ((50 * _W, 3000 * _W), (100 * _W, 5000 * _W)),
        ((12, 60), (12, 120)), 0.05, 1.0,
        (_G.PLEDGE, _G.MORTGAGE, _G.CREDIT), (_R.EQUAL_PRINCIPAL, _R.BY_STAGES), (7, 10),
        (_IN_BUSINESS, ("industry", "prefix_in", ["D44", "D46", "C42", "N77", "N78"]),
         ("penalties_36m", "<=", (0, 1))),
        "支持新能源、资源循环利用和污染治理。", ("项目批复",),
    ),
    Family(
        "外贸快贷", frozenset({_K.STATE_BANK, _K.JOINT_STOCK_BANK}), ((20 * _W, 500 * _W), (50 * _W, 1000 * _W)),
        ((1, 6), (3, 12)), 0.3, 1.4,
        (_G.CREDIT, _G.PLEDGE, _G.INSURANCE), (_R.BULLET, _R.INTEREST_MONTHLY), (2, 3),
        (_IN_BUSINESS, _ENTERPRISES, ("industry", "prefix_in", ["F51", "C"]),
         ("registered_capital", ">=", (500_000, 1_000_000)),
         ("annual_revenue", ">=", (5_000_000, 10_000_000))),
        "按出口收汇和出口信用保险核定额度。", ("报关单", "出口信用保险单"),
    ),
    Family(
        "物流贷", frozenset({_K.JOINT_STOCK_BANK, _K.CITY_BANK, _K.RURAL_BANK}),
        ((10 * _W, 300 * _W), (20 * _W, 800 * _W)), ((6, 24), (12, 36)), 0.5, 1.7,
        (_G.MORTGAGE, _G.GUARANTEE), (_R.EQUAL_INSTALMENT,), (3, 5),
        (_IN_BUSINESS, ("industry", "prefix_in", ["G"]), _months(12, 24), _NOT_DISHONEST),
        "购置车辆和运费周转。", ("道路运输经营许可证",),
    ),
    Family(
        "工程贷", frozenset({_K.JOINT_STOCK_BANK, _K.CITY_BANK}), ((50 * _W, 1000 * _W), (100 * _W, 3000 * _W)),
        ((6, 24), (12, 36)), 0.4, 1.5,
        (_G.PLEDGE, _G.GUARANTEE, _G.MORTGAGE), (_R.BY_STAGES, _R.INTEREST_MONTHLY), (5, 7),
        (_IN_BUSINESS, ("industry", "prefix_in", ["E"]), _months(24, 36),
         ("registered_capital", ">=", (2_000_000, 5_000_000)),
         _NOT_ENFORCED),
        "以工程应收款和中标合同为依据。", ("中标通知书", "施工合同"),
    ),
    Family(
        "文旅贷", frozenset({_K.CITY_BANK, _K.RURAL_BANK}), ((5 * _W, 200 * _W), (10 * _W, 500 * _W)), ((6, 36),),
        0.5, 1.7,
        (_G.GUARANTEE, _G.MORTGAGE, _G.CREDIT), (_R.EQUAL_INSTALMENT,), (3, 5),
        (("industry", "prefix_in", ["H61", "H62", "R", "N78"]), _months(12, 24), _NOT_ABNORMAL),
        "支持民宿、餐饮和乡村旅游。",
    ),
    Family(
        "续易贷", frozenset({_K.JOINT_STOCK_BANK, _K.RURAL_BANK, _K.VILLAGE_BANK}),
        ((10 * _W, 500 * _W), (20 * _W, 1000 * _W)), ((6, 12), (12, 36)), 0.35, 1.5,
        (_G.MORTGAGE, _G.GUARANTEE), (_R.INTEREST_MONTHLY,), (3, 5),
        (_IN_BUSINESS, ("existing_loans", "is", True), _months(24, 36), _NOT_DISHONEST),
        "到期无还本续贷，资金不断档。",
    ),
    Family(
        "粮购贷", frozenset({_K.POLICY_BANK, _K.RURAL_BANK}), ((100 * _W, 5000 * _W),), ((3, 12),), 0.1, 1.0,
        (_G.PLEDGE, _G.GUARANTEE, _G.MORTGAGE), (_R.BULLET,), (7, 10),
        (_IN_BUSINESS, ("industry", "prefix_in", ["A05", "C131", "C132", "F5111", "F5112", "G595"]), _months(24)),
        "支持粮食收购、储备和加工，专款专用。", ("收购计划",),
    ),
    Family(
        "乡兴项目贷", frozenset({_K.POLICY_BANK}), ((300 * _W, 20_000 * _W),), ((36, 180),), 0.2, 0.9,
        (_G.MORTGAGE, _G.PLEDGE, _G.GUARANTEE), (_R.BY_STAGES,), (20,),
        (_IN_BUSINESS, _ENTERPRISES, ("industry", "prefix_in", ["A", "C13", "C14", "D46", "E48", "N"])),
        "支持农业农村基础设施和产业项目。", ("项目批复", "可行性研究报告"),
    ),
    Family(
        "龙头贷", frozenset({_K.POLICY_BANK}), ((200 * _W, 8000 * _W),), ((12, 60),), 0.1, 0.8,
        (_G.MORTGAGE, _G.GUARANTEE, _G.CREDIT), (_R.INTEREST_QUARTERLY, _R.BY_STAGES), (10, 15),
        (_IN_BUSINESS, _ENTERPRISES, ("labels", "any_of", ["leading_farm_firm"]), ("tax_grade", "in", ["A", "B"])),
        "农业产业化龙头企业专属。", ("龙头企业认定文件",),
    ),
    Family(
        "种业贷", frozenset({_K.POLICY_BANK}), ((50 * _W, 3000 * _W),), ((12, 60),), 0.15, 0.9,
        (_G.MORTGAGE, _G.GUARANTEE), (_R.BY_STAGES,), (10, 15),
        (_IN_BUSINESS, ("industry", "prefix_in", ["A01", "A05", "F5112", "M733"]), _months(12)),
        "支持良种繁育、农机和高标准农田。",
    ),
    Family(
        "银担批贷", frozenset({_K.GUARANTOR}), ((10 * _W, 1000 * _W),), ((3, 36),), 0.3, 1.2,
        (_G.GUARANTEE,), (_R.INTEREST_MONTHLY, _R.EQUAL_INSTALMENT), (5,),
        (_IN_BUSINESS, ("size", "in", ["micro", "small"]), _months(12), _NOT_DISHONEST),
        "批量担保，合作银行放款；利率区间已含年担保费。", ("反担保承诺",),
    ),
    Family(
        "科担贷", frozenset({_K.GUARANTOR}), ((20 * _W, 1000 * _W),), ((6, 36),), 0.2, 1.0,
        (_G.GUARANTEE,), (_R.INTEREST_MONTHLY,), (5, 7),
        (_IN_BUSINESS, ("labels", "any_of", ["high_tech", "tech_sme", "specialised_new", "innovative_sme"])),
        "科技型企业专项担保，合作银行放款；利率区间已含年担保费。", ("资质证书",),
    ),
    Family(
        "农担贷", frozenset({_K.GUARANTOR}), ((10 * _W, 300 * _W),), ((6, 36),), 0.25, 1.1,
        (_G.GUARANTEE,), (_R.INTEREST_QUARTERLY, _R.BULLET), (5, 7),
        (("industry", "prefix_in", ["A", "C13"]),
         ("subject_kind", "in", ["farm_household", "farmer_coop", "enterprise", "self_employed"])),
        "涉农担保，合作银行放款；利率区间已含年担保费。",
    ),
    Family(
        "房产当", frozenset({_K.PAWNSHOP}), ((5 * _W, 500 * _W),), ((1, 6),), 0.0, 12.0,
        (_G.MORTGAGE,), (_R.INTEREST_MONTHLY,), (1,), (), "房产短期应急，当日可办；利率区间为息费合计折年率。",
        ("不动产权属证书",),
    ),
    Family(
        "动产当", frozenset({_K.PAWNSHOP}), ((1 * _W, 100 * _W),), ((1, 6),), 0.0, 12.0,
        (_G.PLEDGE,), (_R.BULLET,), (1,), (), "车辆、设备和存货短期质押；利率区间为息费合计折年率。", ("权属证明",),
    ),
    Family(
        "小额速贷", frozenset({_K.MICRO_LENDER}), ((1 * _W, 50 * _W),), ((1, 12),), 0.0, 5.0,
        (_G.CREDIT, _G.GUARANTEE), (_R.EQUAL_INSTALMENT,), (1,),
        (_IN_BUSINESS, ("subject_kind", "in", ["self_employed", "enterprise"]), _months(3), _NOT_DISHONEST),
        "小额、短期、放款快。",
    ),
    Family(
        "三农助贷", frozenset({_K.MICRO_LENDER}), ((1 * _W, 50 * _W),), ((3, 24),), 0.0, 5.0,
        (_G.GUARANTEE, _G.CREDIT), (_R.BULLET, _R.INTEREST_QUARTERLY), (2,),
        (("industry", "prefix_in", ["A", "F5166"]),),
        "种植、养殖和农资经营周转。",
    ),
)  # fmt: skip
