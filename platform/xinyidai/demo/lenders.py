"""The sixteen banks and four other lenders of the demo city. None of them exists, nor does any of their brands."""

from dataclasses import dataclass

from xinyidai.institutions.types import InstitutionKind

_K = InstitutionKind


@dataclass(frozen=True, slots=True)
class Lender:
    """``area_places`` are places in the city's list of areas that it serves; empty means the whole city.

    ``rate_from`` is the lowest annual rate it publishes, in percent; ``appetite`` its share of the city's lending.
    """

    code: str
    brand: str
    name: str
    kind: InstitutionKind
    product_count: int
    rate_from: float
    appetite: int
    area_places: tuple[int, ...] = ()

    @property
    def introduction(self) -> str:
        return f"{self.name}为演示用虚构机构，其产品与条件均非真实。"


LENDERS = (
    Lender("GJ01", "中垣", "中垣银行示范市分行", _K.STATE_BANK, 10, 3.0, 16),
    Lender("GJ02", "国稷", "国稷银行示范市分行", _K.STATE_BANK, 10, 3.05, 14),
    Lender("GJ03", "九域", "九域工贸银行示范市分行", _K.STATE_BANK, 10, 3.0, 13),
    Lender("GJ04", "衡筑", "衡筑银行示范市分行", _K.STATE_BANK, 10, 3.1, 12),
    Lender("GJ05", "驿通", "驿通储蓄银行示范市分行", _K.STATE_BANK, 10, 3.15, 8),
    Lender("ZC01", "沃土", "沃土农业政策银行示范市分行", _K.POLICY_BANK, 4, 2.8, 7),
    Lender("GF01", "东岚", "东岚银行示范分行", _K.JOINT_STOCK_BANK, 9, 3.4, 6),
    Lender("GF02", "启曜", "启曜银行示范分行", _K.JOINT_STOCK_BANK, 9, 3.45, 6),
    Lender("GF03", "汇澜", "汇澜银行示范分行", _K.JOINT_STOCK_BANK, 9, 3.5, 5),
    Lender("CS01", "示范", "示范市商业银行", _K.CITY_BANK, 12, 3.6, 14),
    Lender("CS02", "沄川", "沄川商业银行示范分行", _K.CITY_BANK, 9, 3.7, 6),
    Lender("NS01", "禾源", "示范禾源农村商业银行", _K.RURAL_BANK, 10, 3.85, 9, (0, 1, 2, 3, 4)),
    Lender("NS02", "穗泽", "示范穗泽农村商业银行", _K.RURAL_BANK, 8, 3.9, 8, (5,)),
    Lender("CZ01", "沐畦", "示范沐畦村镇银行", _K.VILLAGE_BANK, 5, 4.6, 2, (1, 4)),
    Lender("CZ02", "稷垄", "示范稷垄村镇银行", _K.VILLAGE_BANK, 5, 4.7, 2, (5,)),
    Lender("MY01", "云榛", "云榛网络银行", _K.PRIVATE_BANK, 4, 5.4, 4),
    Lender("DB01", "普荫", "示范市普荫融资担保有限公司", _K.GUARANTOR, 3, 4.2, 3),
    Lender("DD01", "鼎砚", "示范市鼎砚典当有限责任公司", _K.PAWNSHOP, 2, 12.0, 1),
    Lender("XD01", "沁信", "示范市沁信小额贷款有限公司", _K.MICRO_LENDER, 2, 9.0, 1),
    Lender("XD02", "垚助", "示范市垚助小额贷款有限公司", _K.MICRO_LENDER, 2, 9.6, 1),
)

OFFICERS_BANK = "CS01"
"""The bank of the accounts ``officer`` and ``manager``."""
GUARANTOR = "DB01"
"""The guarantee company that stands behind guaranteed loans."""
