"""What is said around repair and objection. A case's number and dates fill the sentences."""

from xinyidai.core.i18n import N_
from xinyidai.messages.types import Audience, MessageKind

OPENED = MessageKind(
    "repair.opened",
    Audience.SOURCE_UNIT,
    N_("A new case for your unit: %(number)s"),
    N_("%(enterprise)s has opened the case %(number)s about %(subject)s. Please take it up by %(step_due_on)s and"
       " decide it by %(due_on)s."),
    duty=True,
    topic=N_("New cases for our unit"),
)  # fmt: skip
PAPERS_CAME = MessageKind(
    "repair.papers_came",
    Audience.SOURCE_UNIT,
    N_("The papers for case %(number)s have come"),
    N_("%(enterprise)s has handed in what you asked for. Please decide the case by %(due_on)s."),
    duty=True,
    topic=N_("Papers handed in for a case"),
)
TAKEN_BACK = MessageKind(
    "repair.taken_back",
    Audience.SOURCE_UNIT,
    N_("Case %(number)s was taken back"),
    N_("%(enterprise)s has taken the case back. There is nothing more to do."),
    topic=N_("Cases taken back"),
)
TAKEN_UP = MessageKind(
    "repair.taken_up",
    Audience.ENTERPRISE,
    N_("Your case %(number)s is being looked at"),
    N_("%(unit)s has taken up the case and decides it by %(due_on)s."),
    topic=N_("Cases taken up"),
)
PAPERS_WANTED = MessageKind(
    "repair.papers_wanted",
    Audience.ENTERPRISE,
    N_("Papers are missing for case %(number)s"),
    N_("%(unit)s asks for: %(note)s. The deadline stands still until you hand them in."),
    duty=True,
    topic=N_("Papers asked for in a case"),
)
REPAIRED = MessageKind(
    "repair.granted",
    Audience.ENTERPRISE,
    N_("Repaired: %(subject)s"),
    N_("%(unit)s has granted the repair on %(day)s. The record is no longer counted: it has left your score, your"
       " report and the view of lenders. Your needs are ranked again."),
    duty=True,
    topic=N_("Repairs granted"),
)  # fmt: skip
UPHELD = MessageKind(
    "repair.objection_upheld",
    Audience.ENTERPRISE,
    N_("Your objection was upheld: %(subject)s"),
    N_("%(unit)s has agreed with you on %(day)s. What you objected to is no longer counted. Your needs are ranked"
       " again."),
    duty=True,
    topic=N_("Objections upheld"),
)  # fmt: skip
REJECTED = MessageKind(
    "repair.rejected",
    Audience.ENTERPRISE,
    N_("Case %(number)s was not granted"),
    N_("%(unit)s decided on %(day)s: %(note)s. You can open a new case when that has changed."),
    duty=True,
    topic=N_("Cases not granted"),
)
DUE_SOON = MessageKind(
    "repair.due",
    Audience.SOURCE_UNIT,
    N_("Case %(number)s is due"),
    N_("Please decide the case about %(subject)s by %(due_on)s."),
    duty=True,
    topic=N_("Cases that are due"),
)
OVERDUE = MessageKind(
    "repair.overdue",
    Audience.OFFICE,
    N_("Case %(number)s is overdue at %(unit)s"),
    N_("It should have been decided by %(due_on)s. Please remind the unit."),
    duty=True,
    topic=N_("Cases that are overdue"),
)
DISPLAY_ENDED = MessageKind(
    "repair.display_ended",
    Audience.ENTERPRISE,
    N_("No longer displayed: %(subject)s"),
    N_("The time for which the record of %(decided_on)s is displayed has run out. It has left your score, your report"
       " and the view of lenders."),
    duty=True,
    topic=N_("Records no longer displayed"),
)  # fmt: skip
