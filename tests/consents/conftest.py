from datetime import datetime

import pytest

from tests.conftest import Sessions
from tests.consent_scene import ConsentScene
from tests.factories import Factory


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> ConsentScene:
    return ConsentScene(factory, sessions, now)
