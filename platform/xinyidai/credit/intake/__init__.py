"""Taking in deliveries: from a file to figures and records, each with its batch and line."""

from xinyidai.credit.intake.service import IntakeResult, Progress, empty_staging, refuse_delivery, take_in
from xinyidai.credit.intake.withdrawal import withdraw

__all__ = ["IntakeResult", "Progress", "empty_staging", "refuse_delivery", "take_in", "withdraw"]
