"""Unified Social Credit Identifier 统一社会信用代码, GB 32100-2015.

Eighteen characters: registration department, class of body, six digits of the division of the
registration authority, the organisation code of GB 11714 (eight characters and its own check
character), and a check character over all of it.

The six digits name the authority *at the time of registration*. They are not where the firm is today
and must never be read as its region.
"""

from dataclasses import dataclass
from enum import StrEnum

from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(LENGTH - 1))

_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = frozenset("0123456789")

OLD_REGISTRATION_NUMBER_LENGTH = 15
_LEGACY_DIVISION = "35"
_LEGACY_STARTS = ("M0000", "M0001")

SYNTHETIC_START = "TE5T"
"""How the organisation part of every made-up code begins; no authority issues such codes."""


class UsciFault(StrEnum):
    LENGTH = "length"
    OLD_NUMBER = "old_number"
    ALPHABET = "alphabet"
    DIVISION = "division"
    ORGANISATION = "organisation"
    CHECK_CHARACTER = "check_character"
    LEGACY_UNCONFIRMED = "legacy_unconfirmed"


class Prefix(LabelledEnum):
    """Registration department and class of body, as far as they are known."""

    AGENCY = "11", N_("government agency")
    PUBLIC_INSTITUTION = "12", N_("public institution")
    MASS_ORGANISATION = "13", N_("mass organisation")
    OTHER_ESTABLISHMENT = "19", N_("other body on the establishment")
    SOCIAL_ASSOCIATION = "51", N_("social association")
    PRIVATE_NON_ENTERPRISE = "52", N_("private non-enterprise unit")
    FOUNDATION = "53", N_("foundation")
    OTHER_CIVIL_AFFAIRS = "59", N_("other body registered with civil affairs")
    ENTERPRISE = "91", N_("enterprise")
    SELF_EMPLOYED = "92", N_("individual business household")
    FARMER_COOP = "93", N_("farmers' specialised cooperative")
    RURAL_COLLECTIVE_GROUP = "N1", N_("rural collective economic organisation, group level")
    RURAL_COLLECTIVE_VILLAGE = "N2", N_("rural collective economic organisation, village level")
    RURAL_COLLECTIVE_TOWNSHIP = "N3", N_("rural collective economic organisation, township level")
    OTHER = "Y1", N_("other body")


_PREFIXES = {prefix.value: prefix for prefix in Prefix}


@dataclass(frozen=True, slots=True)
class UsciProblem:
    fault: UsciFault
    reason: Said


def check_character(first_seventeen: str) -> str:
    """Character 18 for seventeen characters of the alphabet (KeyError on any other)."""
    total = sum(_VALUE[character] * weight for character, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_character(first_eight: str) -> str:
    """Character 9 of an organisation code, GB 11714: here all 26 letters count."""
    values = map(_ORGANISATION_ALPHABET.index, first_eight)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def is_valid(code: str) -> bool:
    """Strictly right in every character; legacy codes of Fujian are not. Never raises on any string."""
    return check(code) is None


def check(code: str, *, registry_confirmed: bool = False) -> UsciProblem | None:
    """Why ``code`` is refused, or None where it is right.

    Some early codes of Fujian are valid in law although character 18 fails. They pass only where the
    registry has confirmed the very code: an allow-list, not a looser check.
    """
    problem = _shape_problem(code)
    if problem is not None:
        return problem
    expected = organisation_check_character(code[8:16])
    if code[16] != expected:
        message = N_("character 17 closes the organisation code; it is %(actual)s and should be %(expected)s")
        return _problem(UsciFault.ORGANISATION, message, actual=code[16], expected=expected)
    expected = check_character(code[:17])
    if code[17] == expected:
        return None
    if not is_legacy_pattern(code):
        message = N_("the last character, the check character, is %(actual)s and should be %(expected)s")
        return _problem(UsciFault.CHECK_CHARACTER, message, actual=code[17], expected=expected)
    message = N_("an early code of Fujian whose check character does not fit; it needs the registry's confirmation")
    return None if registry_confirmed else _problem(UsciFault.LEGACY_UNCONFIRMED, message)


def _shape_problem(code: str) -> UsciProblem | None:
    if len(code) == OLD_REGISTRATION_NUMBER_LENGTH and _DIGITS.issuperset(code):
        message = N_("an old registration number of 15 digits, not a unified social credit code of 18 characters")
        return _problem(UsciFault.OLD_NUMBER, message)
    if len(code) != LENGTH:
        message = N_("%(actual)s characters long; a unified social credit code has 18")
        return _problem(UsciFault.LENGTH, message, actual=len(code))
    for position, character in enumerate(code, start=1):
        if character not in _VALUE:
            message = N_("character %(position)s, “%(character)s”, never occurs in these codes")
            if character.upper() in _VALUE:
                message = N_("character %(position)s is the small letter “%(character)s”; letters must be capitals")
            return _problem(UsciFault.ALPHABET, message, position=position, character=character)
    if not _DIGITS.issuperset(code[2:8]):
        message = N_("characters 3 to 8, the division of the registration authority, must be digits")
        return _problem(UsciFault.DIVISION, message)
    return None


def _problem(fault: UsciFault, message: str, **values: object) -> UsciProblem:
    return UsciProblem(fault, say(message, **values))


def is_legacy_pattern(code: str) -> bool:
    """Whether ``code`` has the shape of the early Fujian codes that may fail character 18."""
    return code[2:4] == _LEGACY_DIVISION and code[8:13] in _LEGACY_STARTS


def prefix_of(code: str) -> Prefix | None:
    """What kind of body the first two characters name; None where the standard's table is not known to us."""
    return _PREFIXES.get(code[:2])


def registration_division(code: str) -> str | None:
    """GB/T 2260 code of the authority that registered the body, then; not where the body is now."""
    division = code[2:8]
    return division if len(code) == LENGTH and _DIGITS.issuperset(division) else None


def synthetic(division: str, serial: int, *, prefix: Prefix = Prefix.ENTERPRISE) -> str:
    """The ``serial``-th made-up code of a division: right in every character and never a real body's.

    Serials run from 0 to 923,520 (four characters of the alphabet).
    """
    if not 0 <= serial < len(ALPHABET) ** 4:
        raise ValueError(f"serial out of range: {serial}")
    if len(division) != 6 or not _DIGITS.issuperset(division):
        raise ValueError(f"not a division code of six digits: {division!r}")
    tail = ""
    for _position in range(4):
        serial, value = divmod(serial, len(ALPHABET))
        tail = ALPHABET[value] + tail
    organisation = SYNTHETIC_START + tail
    body = prefix.value + division + organisation + organisation_check_character(organisation)
    return body + check_character(body)


def is_synthetic(code: str) -> bool:
    """Whether a valid code was made up by this project (the demo city, fixtures)."""
    return code[8:12] == SYNTHETIC_START or code[8:14] == "MA" + SYNTHETIC_START
