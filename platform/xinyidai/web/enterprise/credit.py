"""My credit picture: the score with everything it rests on, and what can be done about each part."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.clock import business_date
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _, current_locale
from xinyidai.credit.scoring.queries import HistoryLine, ScoreSheet, level_name, score_history, score_sheet
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.formats import date_full
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import render
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class CreditPage:
    """``sheet`` is None before the first computation."""

    title: str
    sheet: ScoreSheet | None
    history: list[HistoryLine]

    @property
    def history_days(self) -> list[str]:
        return [date_full(one.at, current_locale()) for one in self.history]

    @property
    def history_scores(self) -> list[int | None]:
        return [one.score for one in self.history]

    def level_of(self, line: HistoryLine) -> str:
        return _("not scored") if line.level is None else level_name(line.level)


@get("/enterprise/credit", allow=ENTERPRISE, sync_to_thread=True)
def credit(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    if actor.enterprise_id is None:
        raise NotFound()
    sheet = score_sheet(session, actor.enterprise_id, None, business_date(now))
    page = CreditPage(_("My credit picture"), sheet, score_history(session, actor.enterprise_id))
    return render(request, "enterprise/credit/index.html", page)


ROUTES = [credit]
