"""The closed vocabularies of institutions."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class InstitutionKind(LabelledEnum):
    STATE_BANK = "state_bank", N_("large state-owned bank")
    POLICY_BANK = "policy_bank", N_("policy bank")
    JOINT_STOCK_BANK = "joint_stock_bank", N_("joint-stock bank")
    CITY_BANK = "city_bank", N_("city commercial bank")
    RURAL_BANK = "rural_bank", N_("rural commercial bank or credit cooperative")
    VILLAGE_BANK = "village_bank", N_("village and township bank")
    PRIVATE_BANK = "private_bank", N_("private bank")
    FOREIGN_BANK = "foreign_bank", N_("foreign bank")
    MICRO_LENDER = "micro_lender", N_("micro-loan company")
    GUARANTOR = "guarantor", N_("financing guarantee company")
    PAWNSHOP = "pawnshop", N_("pawn company")
    LESSOR = "lessor", N_("financial leasing company")
    FACTOR = "factor", N_("factoring company")
    CONSUMER_FINANCE = "consumer_finance", N_("consumer finance company")
    INSURER = "insurer", N_("insurer")
    OTHER = "other", N_("other institution")

    @property
    def is_bank(self) -> bool:
        return self in BANK_KINDS


BANK_KINDS = frozenset(
    {
        InstitutionKind.STATE_BANK,
        InstitutionKind.POLICY_BANK,
        InstitutionKind.JOINT_STOCK_BANK,
        InstitutionKind.CITY_BANK,
        InstitutionKind.RURAL_BANK,
        InstitutionKind.VILLAGE_BANK,
        InstitutionKind.PRIVATE_BANK,
        InstitutionKind.FOREIGN_BANK,
    }
)
