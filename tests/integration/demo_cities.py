"""Small cities for tests."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from xinyidai.demo.city import MOST_STORIES, make_city
from xinyidai.demo.load import Tell, load_city

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)


def load(
    bind: Connection, now: datetime, *, firms: int, tell: Tell = lambda *_: None, most_stories: int = MOST_STORIES
) -> None:
    city = make_city(firms, now, region="3704", most_stories=most_stories)
    load_city(bind, city, now, tell, answer_days=3, need_days=90, analyse=lambda: None)
