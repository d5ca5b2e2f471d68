"""The same key at the same time: one runs, the other is told so."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import Engine

from tests.factories import Factory
from xinyidai.accounts.idempotency import Answer, forget_old_answers, once
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.errors import Conflict


def test_while_the_first_request_runs_the_second_is_told_so_and_later_gets_its_answer(
    own_engine: Engine, now: datetime
) -> None:
    with unit_of_work(own_engine, SYSTEM) as session:
        user = Factory(session, now).user(Role.OFFICE_STAFF).id
    started, finish = threading.Event(), threading.Event()

    def slow() -> Answer:
        started.set()
        finish.wait(10)
        return Answer(201, {"n": 1})

    def first() -> None:
        with unit_of_work(own_engine, SYSTEM) as session:
            once(session, user, "k", b"r", now, slow)

    running = threading.Thread(target=first)
    running.start()
    started.wait(10)
    with pytest.raises(Conflict), unit_of_work(own_engine, SYSTEM) as session:
        once(session, user, "k", b"r", now, lambda: Answer(201, {"n": 2}))
    finish.set()
    running.join(10)
    with unit_of_work(own_engine, SYSTEM) as session:
        assert once(session, user, "k", b"r", now, lambda: Answer(201, {"n": 3})).body == {"n": 1}


def test_answers_are_forgotten_after_a_week(session: ActorSession, factory: Factory, now: datetime) -> None:
    user = factory.user(Role.OFFICE_STAFF).id
    once(session, user, "k", b"r", now, lambda: Answer(201, {"n": 1}))
    assert forget_old_answers(session, now) == 0
    assert forget_old_answers(session, now.replace(month=now.month + 1)) == 1
