"""Vocabulary of consents."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class ConsentPurpose(LabelledEnum):
    """What the data may be used for. ``ranking`` is given to the platform itself; no lender sees the figures."""

    RANKING = "ranking", N_("finding suitable products")
    FINANCING = "financing", N_("deciding on an application for financing")
    POST_LOAN = "post_loan", N_("following a loan that was granted")


class ReadPurpose(LabelledEnum):
    """What data were read for where it was not to decide on one application, as ``CreditRead.purpose`` holds it."""

    SCREENING = "screening", N_("looking for enterprises that let themselves be found")


def purpose_label(purpose: str) -> str:
    """In words; one that this version does not know, as it was written."""
    for vocabulary in (ConsentPurpose, ReadPurpose):
        if purpose in set(vocabulary):
            return vocabulary(purpose).label
    return purpose


class ConsentEnd(LabelledEnum):
    REVOKED = "revoked", N_("revoked by the enterprise")
    EXPIRED = "expired", N_("run out")


class RequestAnswer(LabelledEnum):
    """What became of a lender's wish to read more."""

    GIVEN = "given", N_("consent given")
    DECLINED = "declined", N_("no consent")


class Shown(LabelledEnum):
    """Where somebody read the data; what ``CreditRead.what`` holds."""

    LEAD = "lead", N_("page of your application")
    REPORT = "report", N_("credit report")
    SCORE = "score", N_("credit score")
    API = "api", N_("data interface")
    SCREENING = "screening", N_("search among enterprises")


def shown_label(what: str) -> str:
    """A word for where it was read; one that this version does not know, as it was written."""
    return Shown(what).label if what in set(Shown) else what
