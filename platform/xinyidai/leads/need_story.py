"""Where a need stands, told so that a child can follow: who acts next, until when, what happened, what comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinyidai.core.i18n import N_, _
from xinyidai.core.labels import LabelledEnum
from xinyidai.leads.types import GRANTED, IN_WORK, PAID, LeadStatus, RefusalReason
from xinyidai.needs.types import CLOSED_STATUSES, NeedStatus

S = LeadStatus


class Who(LabelledEnum):
    YOU = "you", N_("you")
    LENDER = "lender", N_("the lender")
    PLATFORM = "the_platform", N_("the platform")
    NOBODY = "nobody", N_("nobody")


@dataclass(frozen=True, slots=True)
class LeadState:
    """As much of a lead as the story needs."""

    status: LeadStatus
    institution: str
    respond_by: date | None = None
    contact_by: date | None = None
    decide_by: date | None = None

    @property
    def due(self) -> date | None:
        """By when whoever acts next must have acted; nothing where no last day was named."""
        return getattr(self, _DUE[self.status]) if self.status in _DUE else None


@dataclass(frozen=True, slots=True)
class NextStep:
    who: Who
    text: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of ``components/steps.html``."""

    label: str
    state: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a lead, as its log has it."""

    at: datetime
    institution: str
    product: str
    before: LeadStatus | None
    after: LeadStatus
    cause: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One entry of ``components/timeline.html``."""

    title: str
    state: str
    at: datetime | None = None
    due: date | None = None
    text: str = ""


_DUE = {
    S.SUGGESTED: "respond_by",
    S.SENT: "respond_by",
    S.ACCEPTED: "contact_by",
    S.CONTACTED: "decide_by",
    S.PAPERS_COMPLETE: "decide_by",
}
# Which leads decide who acts next, the most urgent first; and what is then to be done, by one or by several.
_NEXT: Sequence[tuple[frozenset[LeadStatus], Who, str, str]] = (
    (
        frozenset({S.OFFERED}),
        Who.YOU,
        N_("Look at the offer of %(lenders)s and answer it."),
        N_("Compare the offers of %(lenders)s and accept one."),
    ),
    (
        frozenset({S.PAPERS_REQUESTED}),
        Who.YOU,
        N_("Hand in the papers that %(lenders)s asks for. Until then its time for deciding stands still."),
        N_("Hand in the papers that %(lenders)s ask for. Until then their time for deciding stands still."),
    ),
    (
        frozenset({S.OFFER_ACCEPTED}),
        Who.LENDER,
        N_("%(lenders)s prepares the credit line."),
        N_("%(lenders)s prepare the credit line."),
    ),
    (
        frozenset({S.CREDIT_APPROVED, S.DISBURSING}),
        Who.LENDER,
        N_("%(lenders)s pays out as agreed with you."),
        N_("%(lenders)s pay out as agreed with you."),
    ),
    (
        frozenset({S.FUNDED}),
        Who.NOBODY,
        N_("%(lenders)s has paid out in full."),
        N_("%(lenders)s have paid out in full."),
    ),
    (
        frozenset({S.CONTACTED, S.PAPERS_COMPLETE}),
        Who.LENDER,
        N_("%(lenders)s examines your application and makes an offer, or says why not."),
        N_("%(lenders)s examine your application and make an offer, or say why not."),
    ),
    (
        frozenset({S.ACCEPTED}),
        Who.LENDER,
        N_("%(lenders)s has taken your application and contacts you."),
        N_("%(lenders)s have taken your application and contact you."),
    ),
    (
        frozenset({S.SENT}),
        Who.LENDER,
        N_("%(lenders)s takes your application or declines it with a reason."),
        N_("%(lenders)s take your application or decline it with a reason."),
    ),
    (
        frozenset({S.SUGGESTED}),
        Who.YOU,
        N_("A product of %(lenders)s is suggested to you. Say whether it is to be asked."),
        N_("Products of %(lenders)s are suggested to you. Say which of them are to be asked."),
    ),
)

_CLOSED = {
    NeedStatus.WITHDRAWN: N_("You withdrew this need. You can post a new one at any time."),
    NeedStatus.EXPIRED: N_("Nobody took this need in time, so it was closed. You can post a new one at any time."),
    NeedStatus.SETTLED: N_("Everything is paid back."),
}


def next_step(status: NeedStatus, open_products: int | None, leads: Sequence[LeadState]) -> NextStep:
    """Who acts next, what there is to do, and until when. ``open_products`` is None while the ranking is running."""
    if status is NeedStatus.DRAFT:
        return NextStep(Who.YOU, _("Finish the draft and post it."))
    if status in CLOSED_STATUSES:
        return NextStep(Who.NOBODY, _(_CLOSED[status]))
    for group, who, one, several in _NEXT:
        active = [lead for lead in leads if lead.status in group]
        if active:
            names = list(dict.fromkeys(lead.institution for lead in active))
            due = min((lead.due for lead in active if lead.due), default=None)
            message = _(one if len(names) == 1 else several, lenders=_(", ").join(names))
            return NextStep(who, message, due)
    if open_products is None:
        return NextStep(Who.PLATFORM, _("The platform is comparing your need with every product on sale."))
    if leads:
        return NextStep(Who.YOU, _("No lender is at work on this need any more. Choose other products."))
    if open_products == 0:
        return NextStep(Who.YOU, _("No product fits this need today. See why, and perhaps ask for something else."))
    return NextStep(Who.YOU, _("Choose up to five products and apply for them."))


def next_of(lead: LeadState) -> NextStep:
    """Whose turn it is with this one lender, and until when."""
    for group, who, one, _several in _NEXT:
        if lead.status in group:
            return NextStep(who, _(one, lenders=lead.institution), lead.due)
    return NextStep(Who.NOBODY, _("Nothing more is to be done here."))


def stages(status: NeedStatus, leads: Iterable[LeadStatus]) -> list[Step]:
    """The five stations between need and money; the first that is not reached is where the need stands."""
    present = set(leads)
    reached = [
        (_("posted"), status is not NeedStatus.DRAFT),
        (_("applied to lenders"), bool(present)),
        (_("in contact"), bool(present & (IN_WORK | GRANTED | PAID))),
        (_("credit line"), bool(present & (GRANTED | PAID))),
        (_("paid out"), S.FUNDED in present or status in (NeedStatus.DISBURSED, NeedStatus.SETTLED)),
    ]
    at = next((index for index, (_label, done) in enumerate(reached) if not done), len(reached))
    stopped = status in CLOSED_STATUSES
    return [
        Step(label, "done" if done else "current" if index == at and not stopped else "todo")
        for index, (label, done) in enumerate(reached)
    ]


def story(
    status: NeedStatus,
    posted_at: datetime | None,
    closed_at: datetime | None,
    ranking: StoryEvent | None,
    happenings: Iterable[Happening],
    upcoming: NextStep,
) -> list[StoryEvent]:
    """What happened, oldest first; then what is to be done now; then the stations that are still ahead."""
    past = [StoryEvent(_("You posted the need."), "done", posted_at)] if posted_at else []
    past += [ranking] if ranking else []
    past += told(happenings)
    past.sort(key=lambda event: event.at.timestamp() if event.at else 0)
    if status in CLOSED_STATUSES:
        return [*past, StoryEvent(_(_CLOSED[status]), "done", closed_at)]
    if upcoming.who is Who.NOBODY:
        return past
    return [*past, StoryEvent(upcoming.text, "current", due=upcoming.due)]


_TOLD = {
    S.SUGGESTED: N_("A product of %(lender)s was suggested to you: %(product)s"),
    S.SENT: N_("You applied to %(lender)s: %(product)s"),
    S.ACCEPTED: N_("%(lender)s took your application: %(product)s"),
    S.DECLINED: N_("%(lender)s declined: %(product)s"),
    S.EXPIRED: N_("%(lender)s did not answer in time: %(product)s"),
    S.CONTACTED: N_("%(lender)s has spoken with you: %(product)s"),
    S.PAPERS_REQUESTED: N_("%(lender)s asked for papers: %(product)s"),
    S.PAPERS_COMPLETE: N_("%(lender)s has all papers: %(product)s"),
    S.OFFERED: N_("%(lender)s made an offer: %(product)s"),
    S.OFFER_ACCEPTED: N_("You accepted the offer of %(lender)s: %(product)s"),
    S.CREDIT_APPROVED: N_("%(lender)s granted a credit line: %(product)s"),
    S.DISBURSING: N_("%(lender)s paid out a part: %(product)s"),
    S.FUNDED: N_("%(lender)s paid out in full: %(product)s"),
    S.REFUSED: N_("%(lender)s refused the credit: %(product)s"),
    S.NO_DEAL: N_("No agreement with %(lender)s: %(product)s"),
    S.UNREACHABLE: N_("%(lender)s could not reach you: %(product)s"),
    S.WITHDRAWN: N_("You withdrew your application to %(lender)s: %(product)s"),
}
_FAILED = {S.DECLINED, S.EXPIRED, S.REFUSED, S.NO_DEAL, S.UNREACHABLE}
# A step back of a lead, by where it came from.
_OFFER_ENDED = N_("The offer of %(lender)s ended; it may make another: %(product)s")
_BACK = {
    (S.OFFERED, S.ACCEPTED): _OFFER_ENDED,
    (S.OFFERED, S.CONTACTED): _OFFER_ENDED,
    (S.OFFERED, S.PAPERS_COMPLETE): _OFFER_ENDED,
    (S.SUGGESTED, S.SENT): N_("You agreed, so %(lender)s is asked: %(product)s"),
    (S.SUGGESTED, S.EXPIRED): N_("The suggestion of %(lender)s was not taken up: %(product)s"),
    (S.SUGGESTED, S.WITHDRAWN): N_("You did not want the suggestion of %(lender)s: %(product)s"),
    (S.DISBURSING, S.CREDIT_APPROVED): N_("%(lender)s reversed a payout: %(product)s"),
    (S.FUNDED, S.CREDIT_APPROVED): N_("%(lender)s reversed a payout: %(product)s"),
    (S.FUNDED, S.DISBURSING): N_("%(lender)s reversed a payout: %(product)s"),
}


# Steps whose cause says more than the states between which they lie.
_BY_CAUSE = {
    "other_offer": N_("The offer of %(lender)s was closed, because you accepted another: %(product)s"),
    "reversal": N_("%(lender)s reversed a payout: %(product)s"),
    "line_closed": N_("%(lender)s closed the credit line: %(product)s"),
    "claimed": N_("%(lender)s has taken up your need by itself: %(product)s"),
    "handed_in": N_("You told %(lender)s that your papers are complete: %(product)s"),
}
# How a lead began that the enterprise did not ask for itself.
_BEGUN = {
    "dispatched": N_("The financial office put your need before %(lender)s: %(product)s"),
    "rerouted": N_("Because another lender was silent, your need was put before %(lender)s: %(product)s"),
}
_INTERNAL = frozenset({"handed_over"})
"""What goes on inside a lender is not the enterprise's affair."""


def told(happenings: Iterable[Happening]) -> list[StoryEvent]:
    """What the enterprise is told of the log, in the same order."""
    return [_told(one) for one in happenings if one.cause not in _INTERNAL]


def _told(one: Happening) -> StoryEvent:
    back = _BACK.get((one.before, one.after)) if one.before else None
    begun = _BEGUN.get(one.cause) if one.after is S.SENT and one.before is None else None
    message = _BY_CAUSE.get(one.cause) or back or begun or _TOLD[one.after]
    title = _(message, lender=one.institution, product=one.product)
    failed = one.after in _FAILED and one.before is not S.SUGGESTED
    return StoryEvent(title, "failed" if failed else "done", one.at, text=one.note or reason_in_words(one.reason))


def reason_in_words(reason: str | None, note: str = "") -> str:
    """Why a lender said no: the reason from the list, and what it added."""
    if not reason:
        return note
    label = RefusalReason(reason).label
    return _("Reason: %(reason)s. %(note)s", reason=label, note=note) if note else _("Reason: %(reason)s", reason=label)
