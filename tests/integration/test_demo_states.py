"""What the demo makes of the database it finds, and loads that were broken off or made in an odd year."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from tests.factories import Factory
from tests.integration.demo_cities import NOW, load
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.demo.load import Found, Phase, State, look
from xinyidai.leads.ranking import replay
from xinyidai.statistics.check import check


def test_an_empty_database_is_known_as_empty(connection: Connection) -> None:
    assert look(connection) == Found(State.EMPTY)


def test_a_load_that_was_broken_off_is_known_as_such(connection: Connection) -> None:
    def pull_the_plug(phase: Phase, done: int, total: int) -> None:
        if phase is Phase.NEEDS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(connection, NOW, firms=60, tell=pull_the_plug)
    assert look(connection) == Found(State.INTERRUPTED, 60)


def test_somebodys_own_data_are_not_taken_for_a_demo(connection: Connection, factory: Factory) -> None:
    factory.enterprise()
    factory.session.commit()
    assert look(connection).state is State.FOREIGN


def test_a_city_can_be_made_in_a_year_whose_holidays_nobody_has_published(connection: Connection) -> None:
    load(connection, datetime(2033, 6, 15, 3, 0, tzinfo=UTC), firms=30)
    assert look(connection).state is State.WHOLE


def test_deals_written_in_bulk_hold_every_invariant_and_their_rankings_replay(connection: Connection) -> None:
    load(connection, NOW, firms=400, most_stories=16)
    with ActorSession(connection, SYSTEM) as session:
        assert check(session) == []
        bulk = text(
            "select m.id from match_runs m join credit_lines c on c.need_id = m.need_id where c.contract_number ~ '-H'"
        )
        runs = session.execute(bulk).scalars().all()
        assert len(runs) >= 15
        assert all(replay(session, run).same for run in runs)
