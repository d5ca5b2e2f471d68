"""Why a score was computed again."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class Cause(LabelledEnum):
    DELIVERED = "delivered", N_("data were delivered")
    WITHDRAWN = "withdrawn", N_("a delivery was withdrawn")
    REPAIRED = "repaired", N_("a record was repaired or corrected")
    CONSENT = "consent", N_("consent was given or withdrawn")
    NIGHTLY = "nightly", N_("time went on")
    GIVEN = "given", N_("financing on this platform changed")
    COMMAND = "command", N_("computed on request")
