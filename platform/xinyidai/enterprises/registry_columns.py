"""Column titles of registry extracts, as found in practice, and the fields they stand for."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem

# Field → titles, the first being the one that messages name. Compared without blanks, marks of obligation and units.
TITLES: Mapping[str, str] = {
    "usci": "统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一代码 统一社会信用代码/注册号 "
    "usci uscc credit_code",
    "name": "企业名称 名称 主体名称 市场主体名称 经营主体名称 单位名称 公司名称 机构名称 企业(机构)名称 企业全称 "
    "name enterprise_name company_name",
    "established_on": "成立日期 注册日期 成立时间 注册时间 设立日期 登记日期 "
    "established_on established established_date registration_date",
    "registered_capital": "注册资本 注册资金 注册资本(金) 资金数额 出资额 成员出资总额 registered_capital capital",
    "capital_currency": "注册资本币种 注册资本(金)币种 币种 注册币种 capital_currency",
    "entity_type": "企业类型 主体类型 市场主体类型 经营主体类型 类型 企业(机构)类型 entity_type",
    "business_scope": "经营范围 经营(业务)范围 业务范围 business_scope scope",
    "address": "住所 地址 注册地址 企业地址 住所地址 注册住所 企业住所 登记住所 住所(经营场所) 经营场所 "
    "registered_address address",
    "industry_code": "行业代码 行业编码 国民经济行业代码 行业类别代码 所属行业代码 industry_code",
    "industry": "所属行业 行业 行业名称 国民经济行业 行业类别 国标行业 行业分类 industry",
    "industry_section": "行业门类 门类 行业门类代码 industry_section",
    "region": "行政区划 行政区划代码 区划 区划代码 所属区划 所在行政区划 住所所在行政区划 "
    "division_code region region_code",
    "province": "所在省份 省份 省 所属省份 province",
    "city": "地区 城市 所在城市 地市 所属城市 所在地市 市 市州 city",
    "county": "区县 所在区县 县区 所属区县 县(市、区) county district",
    "status": "登记状态 经营状态 企业状态 存续状态 主体状态 状态 registration_status status",
    "employees": "从业人数 从业人员 从业人员数 从业人员数量 职工人数 员工人数 人员规模 employee_count employees",
    "revenue": "营业收入 主营业务收入 年营业收入 营业总收入 上年营业收入 revenue revenue_wan operating_revenue",
    "total_assets": "资产总额 总资产 资产总计 total_assets total_assets_wan",
    "legal_representative": "法定代表人 法人代表 法人 负责人 法定代表人姓名 法定代表人(负责人) 经营者 "
    "legal_representative legal_rep_name",
    "approved_on": "核准日期 核准时间 发照日期 approved_on",
    "term_from": "经营期限自 营业期限自 经营期限起 营业期限起 term_from",
    "term_to": "经营期限至 营业期限至 经营期限止 营业期限止 term_to",
    "registration_authority": "登记机关 注册机关 registration_authority",
    "registry_confirmed": "登记机关确认 代码经登记机关确认 registry_confirmed",
}
REQUIRED = ("usci", "name")

_WAN_YUAN_FIELDS = {"registered_capital", "revenue_wan", "total_assets_wan"}
"""English field codes of the data catalogue, which fixes their unit; Chinese titles must name theirs."""
_CLOSING_NOTE = re.compile(r"\((?:单位[::]?)?([^()]*)\)$")
_UNITS = {"元": "元", "万": "万", "万元": "万元", "千元": "千元", "亿元": "亿元", "人民币万元": "万元人民币",
          "万元人民币": "万元人民币", "万美元": "万美元", "人民币元": "元人民币"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Which title stands for which field, in this file."""

    titles: Mapping[str, str]
    units: Mapping[str, str]
    unused: tuple[str, ...]

    def text(self, cells: Mapping[str, str], field: str) -> str:
        title = self.titles.get(field)
        return cells[title] if title is not None else ""


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).split()).strip("*＊:").lower()


_FIELDS = MappingProxyType({_plain(title): field for field, titles in TITLES.items() for title in titles.split()})


def recognise(header: Sequence[str]) -> Columns:
    """Map a header, or say which column is missing or doubled."""
    titles: dict[str, str] = {}
    units: dict[str, str] = {}
    for title in header:
        field, unit = _field_of(_plain(title))
        if field is None:
            continue
        if field in titles:
            raise FileProblem(
                N_("The columns “%(first)s” and “%(second)s” mean the same. Please keep one of them."),
                first=titles[field],
                second=title,
            )
        titles[field] = title
        units[field] = unit
    missing = [TITLES[field].split()[0] for field in REQUIRED if field not in titles]
    if missing:
        raise FileProblem(
            N_("This is no registry extract: the column “%(missing)s” is missing. Found: %(found)s."),
            missing="”、“".join(missing),
            found="、".join(header[:12]),
        )
    unused = tuple(title for title in header if title not in titles.values())
    return Columns(MappingProxyType(titles), MappingProxyType(units), unused)


def _field_of(title: str) -> tuple[str | None, str]:
    """The field of a title and the unit the title states."""
    if title in _FIELDS:
        return _FIELDS[title], "万元" if title in _WAN_YUAN_FIELDS else ""
    note = _CLOSING_NOTE.search(title)
    if note is None:
        return None, ""
    return _FIELDS.get(title[: note.start()]), _UNITS.get(note[1], "")
