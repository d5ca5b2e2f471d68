"""The closed vocabularies of enterprises."""

from xinyidai.core import usci
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.usci import Prefix


class SubjectKind(LabelledEnum):
    """What a borrower is. All but farm households carry a unified social credit code."""

    ENTERPRISE = "enterprise", N_("enterprise")
    SELF_EMPLOYED = "self_employed", N_("individual business household")
    FARMER_COOP = "farmer_coop", N_("farmers' specialised cooperative")
    RURAL_COLLECTIVE = "rural_collective", N_("rural collective economic organisation")
    SOCIAL_ORGANISATION = "social_organisation", N_("social organisation")
    PUBLIC_BODY = "public_body", N_("public body")
    OTHER = "other", N_("other body")
    FARM_HOUSEHOLD = "farm_household", N_("farm household")

    @property
    def has_usci(self) -> bool:
        return self is not SubjectKind.FARM_HOUSEHOLD


_KINDS = {
    Prefix.ENTERPRISE: SubjectKind.ENTERPRISE,
    Prefix.SELF_EMPLOYED: SubjectKind.SELF_EMPLOYED,
    Prefix.FARMER_COOP: SubjectKind.FARMER_COOP,
    Prefix.RURAL_COLLECTIVE_GROUP: SubjectKind.RURAL_COLLECTIVE,
    Prefix.RURAL_COLLECTIVE_VILLAGE: SubjectKind.RURAL_COLLECTIVE,
    Prefix.RURAL_COLLECTIVE_TOWNSHIP: SubjectKind.RURAL_COLLECTIVE,
    Prefix.SOCIAL_ASSOCIATION: SubjectKind.SOCIAL_ORGANISATION,
    Prefix.PRIVATE_NON_ENTERPRISE: SubjectKind.SOCIAL_ORGANISATION,
    Prefix.FOUNDATION: SubjectKind.SOCIAL_ORGANISATION,
    Prefix.OTHER_CIVIL_AFFAIRS: SubjectKind.SOCIAL_ORGANISATION,
    Prefix.AGENCY: SubjectKind.PUBLIC_BODY,
    Prefix.PUBLIC_INSTITUTION: SubjectKind.PUBLIC_BODY,
    Prefix.MASS_ORGANISATION: SubjectKind.PUBLIC_BODY,
    Prefix.OTHER_ESTABLISHMENT: SubjectKind.PUBLIC_BODY,
}


def subject_kind_of(code: str) -> SubjectKind:
    """The kind that the first two characters of a credit code name; other where they name none known."""
    prefix = usci.prefix_of(code)
    return _KINDS.get(prefix, SubjectKind.OTHER) if prefix else SubjectKind.OTHER


class SizeClass(LabelledEnum):
    """Size by the rule of 2011; see ``size_class``."""

    LARGE = "large", N_("large")
    MEDIUM = "medium", N_("medium")
    SMALL = "small", N_("small")
    MICRO = "micro", N_("micro")
    NOT_CLASSIFIABLE = "not_classifiable", N_("industry without size classes")
    UNKNOWN = "unknown", N_("size unknown")


class RegistrationStatus(LabelledEnum):
    """登记状态 in the registry's ten words."""

    EXISTING = "existing", N_("existing")
    OPERATING = "operating", N_("in business")
    REVOKED = "revoked", N_("licence revoked")
    CANCELLED = "cancelled", N_("deregistered")
    MOVED_OUT = "moved_out", N_("moved out")
    SUSPENDED = "suspended", N_("business stopped")
    LIQUIDATING = "liquidating", N_("in liquidation")
    DORMANT = "dormant", N_("dormant")
    ORDERED_CLOSED = "ordered_closed", N_("ordered to close")
    ANNULLED = "annulled", N_("registration annulled")

    @property
    def is_veto(self) -> bool:
        """No lending at all: the body is gone or going."""
        return self in _VETO_STATUSES


_VETO_STATUSES = frozenset(
    {
        RegistrationStatus.REVOKED,
        RegistrationStatus.CANCELLED,
        RegistrationStatus.LIQUIDATING,
        RegistrationStatus.ANNULLED,
    }
)


class EnterpriseLabel(LabelledEnum):
    """Titles that an authority grants and that products ask for."""

    LITTLE_GIANT = "little_giant", N_("specialised-and-new “little giant”")
    SPECIALISED_NEW = "specialised_new", N_("specialised, refined, distinctive, novel")
    INNOVATIVE_SME = "innovative_sme", N_("innovative small or medium enterprise")
    HIGH_TECH = "high_tech", N_("high-tech enterprise")
    TECH_SME = "tech_sme", N_("technology-based small or medium enterprise")
    LEADING_FARM_FIRM = "leading_farm_firm", N_("leading agricultural firm")
    FAMILY_FARM = "family_farm", N_("family farm")
    MODEL_COOP = "model_coop", N_("model farmers' cooperative")
    LARGE_GROWER = "large_grower", N_("large grower")
