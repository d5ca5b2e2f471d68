"""Vocabulary of repair and objection."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class Severity(LabelledEnum):
    """Class of conduct by the rule of 2026."""

    MINOR = "minor", N_("minor")
    GENERAL = "general", N_("general")
    SERIOUS = "serious", N_("serious")


class CaseKind(LabelledEnum):
    REPAIR = "repair", N_("credit repair")
    OBJECTION = "objection", N_("objection")


class CaseStatus(LabelledEnum):
    SUBMITTED = "submitted", N_("submitted")
    IN_REVIEW = "in_review", N_("taken up")
    PAPERS_WANTED = "papers_wanted", N_("papers wanted")
    ACCEPTED = "accepted", N_("granted")
    REJECTED = "rejected", N_("not granted")
    WITHDRAWN = "withdrawn", N_("taken back")


WITH_THE_UNIT = (CaseStatus.SUBMITTED, CaseStatus.IN_REVIEW)
OPEN_CASES = (*WITH_THE_UNIT, CaseStatus.PAPERS_WANTED)
DECIDED = (CaseStatus.ACCEPTED, CaseStatus.REJECTED)


class RepairMeans(LabelledEnum):
    """What the enterprise has done 修复方式; the commitment is asked of everybody and stands apart."""

    CORRECT = "correct", N_("the conduct is corrected")
    PERFORM_DUTY = "perform_duty", N_("the duty is performed (paid, filed, rectified)")
    PASS_CHECK = "pass_check", N_("a credit check was passed")
    TRAINING = "training", N_("special training was taken")
    SUBMIT_REPORT = "submit_report", N_("a credit report was submitted")
    CHARITY = "charity", N_("work for the public good was done")


class RecordState(LabelledEnum):
    """Where one record stands; the first that applies."""

    REPAIRED = "repaired", N_("repaired")
    REMOVED = "removed", N_("removed after an objection")
    ENDED = "ended", N_("display has ended")
    DISPLAYED = "displayed", N_("displayed")
