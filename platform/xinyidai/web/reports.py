"""The report document, the same for everybody who may open it."""

from dataclasses import dataclass

from xinyidai.credit.report.view import ReportView


@dataclass(frozen=True, slots=True)
class ReportPage:
    title: str
    report: ReportView
    back: str
