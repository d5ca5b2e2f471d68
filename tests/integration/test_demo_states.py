"""What the demo makes of the database it finds, and loads that were broken off or made in an odd year."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from tests.factories import Factory
from tests.integration.demo_cities import NOW, load
from xinyidai.demo.load import Found, Phase, State, look


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
