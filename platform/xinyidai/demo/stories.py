"""What became of the needs of the last twelve months: planned in full before anything is written.

A story says who asked for what, and how it ended; ``steps`` says on which moments. The services play it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random

from xinyidai.demo.firms import Firm
from xinyidai.demo.lenders import LENDERS, OFFICERS_BANK
from xinyidai.demo.timing import at, weekday_on_or_after
from xinyidai.needs.types import Purpose
from xinyidai.products.types import GuaranteeMode

PURE_CREDIT_SHARE = Decimal("0.0708")


class Ending(StrEnum):
    """How far a story goes."""

    DRAFT = "draft"
    JUST_POSTED = "just_posted"
    RANKED = "ranked"
    ASKED = "asked"
    TAKEN = "taken"
    OFFERED = "offered"
    PROMISED = "promised"
    GRANTED = "granted"
    PAYING = "paying"
    FUNDED = "funded"
    CORRECTED = "corrected"
    DECLINED = "declined"
    REFUSED = "refused"
    SILENT = "silent"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Step(StrEnum):
    DRAFT = "draft"
    POST = "post"
    RANK = "rank"
    ASK = "ask"
    OTHERS_ANSWER = "others_answer"
    DECLINE = "decline"
    TAKE = "take"
    OFFER = "offer"
    ACCEPT_OFFER = "accept_offer"
    REFUSE = "refuse"
    GRANT = "grant"
    PAY_WRONGLY = "pay_wrongly"
    REVERSE = "reverse"
    PAY_PART = "pay_part"
    PAY_REST = "pay_rest"
    WITHDRAW = "withdraw"


_S, _E = Step, Ending
_ASKED = (_S.POST, _S.RANK, _S.ASK)
_TAKEN = (*_ASKED, _S.OTHERS_ANSWER, _S.TAKE)
_PROMISED = (*_TAKEN, _S.OFFER, _S.ACCEPT_OFFER)
_GRANTED = (*_PROMISED, _S.GRANT)
WAY: dict[Ending, tuple[Step, ...]] = {
    _E.DRAFT: (_S.DRAFT,),
    _E.JUST_POSTED: (_S.POST,),
    _E.RANKED: (_S.POST, _S.RANK),
    _E.ASKED: _ASKED,
    _E.TAKEN: _TAKEN,
    _E.OFFERED: (*_TAKEN, _S.OFFER),
    _E.PROMISED: _PROMISED,
    _E.GRANTED: _GRANTED,
    _E.PAYING: (*_GRANTED, _S.PAY_PART),
    _E.FUNDED: (*_GRANTED, _S.PAY_PART, _S.PAY_REST),
    _E.CORRECTED: (*_GRANTED, _S.PAY_WRONGLY, _S.REVERSE, _S.PAY_REST),
    _E.DECLINED: (*_ASKED, _S.OTHERS_ANSWER, _S.DECLINE),
    _E.REFUSED: (*_TAKEN, _S.OFFER, _S.REFUSE),
    _E.SILENT: _ASKED,
    _E.WITHDRAWN: (*_TAKEN, _S.WITHDRAW),
    _E.EXPIRED: (_S.POST, _S.RANK),
}
_PAID_PART = {_E.PAYING: Decimal("0.6"), _E.FUNDED: Decimal(1), _E.CORRECTED: Decimal(1)}
_MOST_WAN = {True: 500, False: 5000}
"""The largest loan without and with security that this city's products give, in 万元."""
_STRETCHES = 12
_FIRST = 2
"""Stories 0 and 1 are the noodle factory's."""
# These stand as they are today: their last step lies days back, not months.
_OPEN_ENDINGS = frozenset(
    {_E.DRAFT, _E.JUST_POSTED, _E.RANKED, _E.ASKED, _E.TAKEN, _E.OFFERED, _E.PROMISED, _E.GRANTED}
)
# How many days back the last step lies, least and most, where that decides the state: a lead expires after three
# working days (the longest holiday included: twelve), a need that nobody took after ninety.
_BACK = {
    _E.ASKED: (0, 1),
    _E.SILENT: (13, 60),
    _E.DECLINED: (2, 60),
    _E.REFUSED: (2, 60),
    _E.EXPIRED: (92, 350),
}
_OPEN_BACK = (1, 3)

# Days between a step and the one before it, least and most; lenders' steps then move to a weekday.
_DAYS: dict[Step, tuple[int, int]] = {
    _S.RANK: (0, 0),
    _S.ASK: (0, 1),
    _S.OTHERS_ANSWER: (1, 1),
    _S.DECLINE: (0, 1),
    _S.TAKE: (0, 1),
    _S.OFFER: (1, 5),
    _S.ACCEPT_OFFER: (0, 4),
    _S.REFUSE: (1, 5),
    _S.GRANT: (1, 5),
    _S.PAY_WRONGLY: (1, 3),
    _S.REVERSE: (1, 3),
    _S.PAY_PART: (1, 6),
    _S.PAY_REST: (3, 30),
    _S.WITHDRAW: (2, 9),
}
_MIX = {
    _E.FUNDED: 48, _E.PAYING: 6, _E.CORRECTED: 2, _E.GRANTED: 4, _E.PROMISED: 2, _E.OFFERED: 4, _E.TAKEN: 5,
    _E.ASKED: 6, _E.RANKED: 4, _E.DECLINED: 5, _E.REFUSED: 3, _E.SILENT: 2, _E.WITHDRAWN: 3, _E.EXPIRED: 4,
    _E.DRAFT: 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One need. Amount in yuan, term in months; ``security`` is what the deal rests on in the end.

    ``lender`` is whom the enterprise asks first, where one of its products fits.
    """

    number: int
    firm: int
    ending: Ending
    steps: tuple[tuple[Step, datetime], ...]
    amount: Decimal
    term: int
    purpose: Purpose
    security: GuaranteeMode
    lender: str
    others: int
    owes: Decimal | None
    contact: str
    phone: str

    def rng(self) -> Random:
        """Chance of this story alone: the same whatever the others do."""
        return Random(f"story {self.number}")  # noqa: S311 - repeatable, not secret


def make_stories(seed: int, firms: list[Firm], count: int, target: Decimal, now: datetime, today: date) -> list[Story]:
    """About ``count`` stories; the first two are the noodle factory's. What they pay comes to about ``target`` yuan."""
    rng = Random(f"stories {seed}")  # noqa: S311 - repeatable, not secret
    able = [number for number, firm in enumerate(firms) if number and firm.is_alive and firm.revenue]
    endings = rng.choices(list(_MIX), list(_MIX.values()), k=max(len(_E), count))
    # Every state exists at every scale, and the officer of the demo sees each.
    endings[: len(_E)] = list(_E)
    chosen = borrowers(rng, able, firms, len(endings))
    stories = [
        _story(rng, number, firm, firms[firm], ending, now, today)
        for number, (firm, ending) in enumerate(zip(chosen, endings, strict=False), start=_FIRST)
    ]
    return [*_factory_stories(rng, firms[0], now, today), *_scaled(stories, firms, target)]


def borrowers(rng: Random, able: list[int], firms: list[Firm], count: int) -> list[int]:
    """Larger firms borrow more often: a sample without repetition, weighted by the root of the revenue."""
    keys = {number: rng.random() ** (1 / float(firms[number].revenue or 1) ** 0.5) for number in able}
    chosen = sorted(able, key=lambda number: keys[number], reverse=True)[:count]
    rng.shuffle(chosen)
    return chosen


def _story(rng: Random, number: int, index: int, firm: Firm, ending: Ending, now: datetime, today: date) -> Story:
    unsecured = rng.random() < 0.4
    modes = (GuaranteeMode.MORTGAGE, GuaranteeMode.GUARANTEE, GuaranteeMode.PLEDGE)
    return Story(
        number=number,
        firm=index,
        ending=ending,
        steps=_steps(rng, ending, now, today),
        amount=wish(rng, firm, unsecured=unsecured),
        term=rng.choice((6, 12, 12, 12, 12, 24, 24, 36)),
        purpose=purpose_of(rng, firm),
        security=GuaranteeMode.CREDIT if unsecured else rng.choices(modes, (50, 38, 12))[0],
        lender=OFFICERS_BANK if number < _FIRST + len(Ending) else _lender(rng, ending),
        others=rng.choices((0, 1, 2), (60, 30, 10))[0],
        owes=_round(Decimal(rng.uniform(0.05, 0.3)) * (firm.revenue or 100)) if rng.random() < 0.55 else None,
        contact=firm.legal_representative,
        phone=made_phone(rng),
    )


def made_phone(rng: Random) -> str:
    """No subscriber has a number that begins with 100."""
    return f"1000{rng.randrange(10_000_000):07}"


def _lender(rng: Random, ending: Ending) -> str:
    """Lenders by their appetite; of what is open today, much lies before the bank of the demo's officer."""
    if ending in _OPEN_ENDINGS and rng.random() < 0.55:
        return OFFICERS_BANK
    return rng.choices([lender.code for lender in LENDERS], [lender.appetite for lender in LENDERS])[0]


def purpose_of(rng: Random, firm: Firm) -> Purpose:
    if firm.industry.startswith("A"):
        return Purpose.AGRICULTURE
    choices = {Purpose.WORKING_CAPITAL: 70, Purpose.FIXED_ASSETS: 14, Purpose.TECH_UPGRADE: 9, Purpose.TRADE_FINANCE: 7}
    return rng.choices(list(choices), list(choices.values()))[0]


def wish(rng: Random, firm: Firm, *, unsecured: bool) -> Decimal:
    """What the firm asks for, in yuan: a part of its yearly revenue."""
    revenue = float(firm.revenue or 100)
    share = rng.uniform(0.05, 0.15) if unsecured else rng.uniform(0.12, 0.45)
    return _round(Decimal(revenue * share), least=5, most=400 if unsecured else 4500)


def _round(wan: Decimal, *, least: int = 1, most: int = 100_000) -> Decimal:
    """万元 to yuan, in the round sums that people ask for."""
    step = 1 if wan < 20 else 5 if wan < 100 else 10 if wan < 500 else 50
    return Decimal(max(least, min(most, round(wan / step) * step))) * 10_000


def _steps(rng: Random, ending: Ending, now: datetime, today: date) -> tuple[tuple[Step, datetime], ...]:
    """The way with its moments, all of them in the past and in order."""
    way = WAY[ending]
    if ending is Ending.JUST_POSTED:
        return ((Step.POST, now - timedelta(seconds=20)),)
    gaps = [rng.randint(*_DAYS.get(step, (0, 0))) for step in way]
    if ending in _BACK or ending in _OPEN_ENDINGS:
        back = sum(gaps) + rng.randint(*_BACK.get(ending, _OPEN_BACK))
    else:
        length = sum(gaps) + len(way) // 2  # room for weekends
        # The platform grows: of twelve months, the later ones have more.
        back = length + int((365 - length) * (1 - rng.random() ** 0.7))
    return _moments(rng, way, gaps, today - timedelta(days=back), now)


def _moments(
    rng: Random, way: tuple[Step, ...], gaps: list[int], start: date, now: datetime
) -> tuple[tuple[Step, datetime], ...]:
    found: list[tuple[Step, datetime]] = []
    day, last = start, at(rng, start)
    for step, gap in zip(way, gaps, strict=True):
        day = weekday_on_or_after(day + timedelta(days=gap)) if step is not Step.POST else day
        moment = at(rng, day)
        if step is Step.RANK or moment <= last:
            moment = last + timedelta(seconds=rng.randint(2, 5) if step is Step.RANK else rng.randint(60, 1500))
        last = moment
        found.append((step, moment))
    # A weekend may push the last steps past the present; what is still to come is pulled back, in order.
    latest = now - timedelta(minutes=5)
    for place in range(len(found) - 1, -1, -1):
        step, moment = found[place]
        moment = min(moment, latest)
        found[place] = (step, moment)
        latest = moment - (timedelta(seconds=3) if step is Step.RANK else timedelta(minutes=3))
    return tuple(found)


def _scaled(stories: list[Story], firms: list[Firm], target: Decimal) -> list[Story]:
    """Stretch the paid amounts so that they come to ``target``, the unsecured ones to their share of it."""
    for unsecured, share in ((True, PURE_CREDIT_SHARE), (False, 1 - PURE_CREDIT_SHARE)):
        ours = [story for story in stories if (story.security is GuaranteeMode.CREDIT) is unsecured]
        factor = _factor(ours, firms, target * share, _MOST_WAN[unsecured])
        stretched = {story.number: _stretched(story, firms, factor, _MOST_WAN[unsecured]) for story in ours}
        stories = [replace(story, amount=stretched.get(story.number, story.amount)) for story in stories]
    return stories


def _factor(stories: list[Story], firms: list[Firm], target: Decimal, most: int) -> Decimal:
    """What to multiply by, found step by step since no loan may leave its bounds."""
    factor = Decimal(1)
    for _stretch in range(_STRETCHES):
        total = sum(
            _stretched(story, firms, factor, most) * _PAID_PART[story.ending]
            for story in stories
            if story.ending in _PAID_PART
        )
        if not total:
            break
        factor *= target / total
    return factor


def _stretched(story: Story, firms: list[Firm], factor: Decimal, most: int) -> Decimal:
    """Never more than the firm turns over in a year."""
    revenue = firms[story.firm].revenue or Decimal(100)
    return _round(story.amount / 10_000 * factor, least=5, most=max(5, min(most, int(revenue))))


def _factory_stories(rng: Random, factory: Firm, now: datetime, today: date) -> list[Story]:
    """The noodle factory: a loan of last winter that was paid out, and a need of this week with an offer waiting."""
    past_gaps = [_DAYS.get(step, (0, 0))[0] for step in WAY[Ending.FUNDED]]
    open_gaps = [_DAYS.get(step, (0, 0))[0] for step in WAY[Ending.OFFERED]]
    past = Story(
        number=0,
        firm=0,
        ending=Ending.FUNDED,
        steps=_moments(rng, WAY[Ending.FUNDED], past_gaps, today - timedelta(days=250), now),
        amount=Decimal(600_000),
        term=6,
        purpose=Purpose.WORKING_CAPITAL,
        security=GuaranteeMode.GUARANTEE,
        lender="NS01",
        others=0,
        owes=None,
        contact=factory.legal_representative,
        phone=made_phone(rng),
    )
    current = replace(
        past,
        number=1,
        ending=Ending.OFFERED,
        steps=_moments(rng, WAY[Ending.OFFERED], open_gaps, today - timedelta(days=sum(open_gaps) + 1), now),
        amount=Decimal(800_000),
        term=12,
        lender=OFFICERS_BANK,
        others=2,
        owes=Decimal(300_000),
    )
    return [past, current]
