import pytest
from litestar import Litestar
from sqlalchemy import Connection

from xinyidai.settings import Settings
from xinyidai.web.app import create_app


@pytest.fixture
def app(connection: Connection) -> Litestar:
    return create_app(Settings(database_url=None, secret_key="tests only"), connection)
