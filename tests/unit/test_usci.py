import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyidai.core.usci import (
    ALPHABET,
    Prefix,
    UsciFault,
    check,
    is_synthetic,
    is_valid,
    prefix_of,
    registration_division,
    synthetic,
)

REAL_PUBLIC_BODIES = ["91320100748204660Q", "91360000625912173B", "11320100MB1886843H"]
MADE_UP = [
    "91370400TE5T000163",
    "91370300MATE5T017M",
    "91630200MATE5T025Y",
    "91610203MATE5T033W",
    "92370400MATE5T0418",
    "93370400MATE5T05XW",
]
FUJIAN_RIGHT = "91350200M0001T5T4C"
FUJIAN_LEGACY = "91350200M0001T5T4A"

codes = st.builds(
    synthetic,
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True).filter(str.isascii),
    st.integers(0, 31**4 - 1),
    prefix=st.sampled_from(Prefix),
)


def fault_of(code: str, *, registry_confirmed: bool = False) -> UsciFault | None:
    problem = check(code, registry_confirmed=registry_confirmed)
    return problem.fault if problem else None


@pytest.mark.parametrize("code", [*REAL_PUBLIC_BODIES, *MADE_UP, FUJIAN_RIGHT])
def test_the_published_and_the_synthetic_vectors_are_valid(code: str) -> None:
    assert is_valid(code)
    assert check(code) is None


def test_a_legacy_fujian_code_passes_only_with_the_registry_flag() -> None:
    assert not is_valid(FUJIAN_LEGACY)
    assert fault_of(FUJIAN_LEGACY) is UsciFault.LEGACY_UNCONFIRMED
    assert fault_of(FUJIAN_LEGACY, registry_confirmed=True) is None


def test_the_registry_flag_loosens_nothing_else() -> None:
    assert fault_of("91370400TE5T000164", registry_confirmed=True) is UsciFault.CHECK_CHARACTER
    # the pattern of Fujian, but registered elsewhere
    assert fault_of("91370200M0001T5T4A", registry_confirmed=True) is UsciFault.CHECK_CHARACTER
    # the organisation code must be right even then
    assert fault_of("91350200M0001T5T3A", registry_confirmed=True) is UsciFault.ORGANISATION


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", UsciFault.LENGTH),
        ("91370400TE5T00016", UsciFault.LENGTH),
        ("91370400TE5T000163 ", UsciFault.LENGTH),
        ("91370400TE5T000163\n", UsciFault.LENGTH),
        ("370400000000001", UsciFault.OLD_NUMBER),
        ("91370400te5t000163", UsciFault.ALPHABET),
        ("91370400TE5T00016Z", UsciFault.ALPHABET),
        ("91370400TE5T0001６3", UsciFault.ALPHABET),
        ("٩١370400TE5T000163", UsciFault.ALPHABET),
        ("9137040ATE5T000163", UsciFault.DIVISION),
        ("91370400TE5T000173", UsciFault.ORGANISATION),
        ("91370400TE5T000164", UsciFault.CHECK_CHARACTER),
    ],
)
def test_every_refusal_names_its_exact_reason(code: str, fault: UsciFault) -> None:
    assert fault_of(code) is fault


def test_a_small_letter_is_named_with_its_position() -> None:
    problem = check("91370400TE5T0001x3")
    assert problem is not None
    assert problem.reason.en == "character 17 is the small letter “x”; letters must be capitals"
    assert "17" in problem.reason.zh
    assert "小写" in problem.reason.zh


@given(st.text())
def test_no_string_makes_it_raise(text: str) -> None:
    assert is_valid(text) is (check(text) is None)


@given(codes)
def test_every_generated_code_is_valid_and_recognisable(code: str) -> None:
    assert is_valid(code)
    assert is_synthetic(code)
    assert not is_synthetic("91320100748204660Q")


@given(codes, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_single_substitution_is_detected(code: str, position: int, character: str) -> None:
    changed = code[:position] + character + code[position + 1 :]
    assert is_valid(changed) is (changed == code)


@given(codes, st.integers(0, 16))
def test_every_swap_of_neighbours_is_detected(code: str, position: int) -> None:
    changed = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert is_valid(changed) is (changed == code)


def test_the_first_serial_is_the_published_vector() -> None:
    assert synthetic("370400", 1) == "91370400TE5T000163"


def test_a_whole_city_gets_distinct_codes() -> None:
    assert len({synthetic("370400", serial) for serial in range(61_357)}) == 61_357


@pytest.mark.parametrize(("division", "serial"), [("370400", -1), ("370400", 31**4), ("3704", 1), ("37040X", 1)])
def test_the_generator_refuses_what_it_cannot_encode(division: str, serial: int) -> None:
    with pytest.raises(ValueError, match=r"serial|division"):
        synthetic(division, serial)


def test_prefixes_name_the_kind_of_body() -> None:
    assert [prefix_of(code) for code in ("91", "92370400MATE5T0418", "93370400MATE5T05XW", "11", "ZZ", "")] == [
        Prefix.ENTERPRISE,
        Prefix.SELF_EMPLOYED,
        Prefix.FARMER_COOP,
        Prefix.AGENCY,
        None,
        None,
    ]


def test_the_registration_division_may_be_an_abolished_one() -> None:
    assert registration_division("91632100MATE5T0250") == "632100"
    assert registration_division("not a code") is None
