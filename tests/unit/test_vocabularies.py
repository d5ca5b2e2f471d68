import pytest

from xinyidai.core.i18n import use_locale
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.usci import Prefix
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind, subject_kind_of
from xinyidai.institutions.types import InstitutionKind
from xinyidai.needs.types import Purpose
from xinyidai.products.types import GuaranteeMode, RepaymentMode

VOCABULARIES = [
    EnterpriseLabel, GuaranteeMode, InstitutionKind, Prefix, Purpose, RegistrationStatus, RepaymentMode, SizeClass,
    SubjectKind,
]  # fmt: skip


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_member_has_a_name_of_its_own_in_both_languages(vocabulary: type[LabelledEnum]) -> None:
    with use_locale("en"):
        english = dict(vocabulary.choices())
    with use_locale("zh_CN"):
        chinese = dict(vocabulary.choices())
    assert len(set(english.values())) == len(set(chinese.values())) == len(vocabulary)
    assert all(english[value].isascii() or "“" in english[value] for value in english)
    assert all("\u4e00" <= text[0] <= "\u9fff" for text in chinese.values())


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("91370400TE5T000163", SubjectKind.ENTERPRISE),
        ("92370400MATE5T0418", SubjectKind.SELF_EMPLOYED),
        ("93370400MATE5T05XW", SubjectKind.FARMER_COOP),
        ("11320100MB1886843H", SubjectKind.PUBLIC_BODY),
        ("52", SubjectKind.SOCIAL_ORGANISATION),
        ("N2", SubjectKind.RURAL_COLLECTIVE),
        ("Y1", SubjectKind.OTHER),
        ("A1", SubjectKind.OTHER),
    ],
)
def test_the_prefix_of_a_code_names_the_kind_of_subject(code: str, kind: SubjectKind) -> None:
    assert subject_kind_of(code) is kind


def test_a_farm_household_is_the_one_subject_without_a_code() -> None:
    assert [kind for kind in SubjectKind if not kind.has_usci] == [SubjectKind.FARM_HOUSEHOLD]


def test_a_body_that_is_gone_or_going_is_a_veto() -> None:
    assert [status.value for status in RegistrationStatus if status.is_veto] == [
        "revoked", "cancelled", "liquidating", "annulled",
    ]  # fmt: skip


def test_eight_kinds_of_institution_are_banks() -> None:
    assert sum(kind.is_bank for kind in InstitutionKind) == 8
    assert not InstitutionKind.PAWNSHOP.is_bank
