"""The eight groups of the national public credit report (edition 2022, version 2.0), and which data set is in which."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.credit.catalogue import Dataset
from xinyidai.credit.types import DatasetKind

VERSION = "2.0"


class ReportGroup(LabelledEnum):
    ADMINISTRATION = "administration", N_("administrative management")
    INTEGRITY = "integrity", N_("honesty and good faith")
    SERIOUS = "serious", N_("serious dishonesty")
    ABNORMAL = "abnormal", N_("abnormal operation")
    COMMITMENT = "commitment", N_("credit commitments")
    EVALUATION = "evaluation", N_("credit evaluation by authorities")
    JUDICIAL = "judicial", N_("court decisions and enforcement")
    OTHER = "other", N_("other information")


G = ReportGroup
_GROUPS: dict[str, ReportGroup] = {
    "admin_licence": G.ADMINISTRATION,
    "admin_penalty": G.ADMINISTRATION,
    "tax_penalty": G.ADMINISTRATION,
    "food_licence": G.ADMINISTRATION,
    "random_inspection": G.ADMINISTRATION,
    "safety_record": G.ADMINISTRATION,
    "tax_arrears": G.ADMINISTRATION,
    "wage_arrears": G.ADMINISTRATION,
    "red_list": G.INTEGRITY,
    "tax_a_list": G.INTEGRITY,
    "qualification_honour": G.INTEGRITY,
    "serious_violation_list": G.SERIOUS,
    "black_list": G.SERIOUS,
    "tax_serious_case": G.SERIOUS,
    "customs_serious_dishonesty": G.SERIOUS,
    "dishonest_debtor": G.SERIOUS,
    "abnormal_list": G.ABNORMAL,
    "tax_abnormal": G.ABNORMAL,
    "credit_commitment": G.COMMITMENT,
    "labour_grade": G.EVALUATION,
    "environment": G.EVALUATION,
    "tax_credit_grade": G.EVALUATION,
    "judgment_debtor": G.JUDICIAL,
    "unperformed_judgment": G.JUDICIAL,
    "judgment": G.JUDICIAL,
    "consumption_limit": G.JUDICIAL,
    "asset_freeze": G.JUDICIAL,
    "false_litigation": G.JUDICIAL,
}
_LEFT_OUT = frozenset({"public_evaluation"})
"""The report carries no score and no comprehensive grade, its own or another's."""


def group_of(dataset: Dataset) -> ReportGroup | None:
    """None for what is no part of the report: monthly figures, and comprehensive evaluations."""
    if dataset.kind is not DatasetKind.EVENTS or dataset.code in _LEFT_OUT:
        return None
    return _GROUPS.get(dataset.code, G.OTHER)
