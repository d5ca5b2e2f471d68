"""The database itself keeps tenants apart: no service code is involved here."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.conftest import Sessions
from xinyidai.core.actor import GUEST
from xinyidai.core.db import ActorSession


def test_the_application_role_owns_no_table_and_cannot_bypass_policies(session: ActorSession) -> None:
    owned = session.execute(text("select count(*) from pg_tables where tableowner = current_user")).scalar()
    bypass = session.execute(
        text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    ).scalar()
    assert (owned, bypass) == (0, False)


def test_money_and_trails_cannot_be_changed_or_deleted_by_the_application(session: ActorSession) -> None:
    rows = session.execute(
        text(
            "select table_name from information_schema.role_table_grants where grantee = 'xyd_app'"
            " and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')"
            " and table_name in ('disbursements', 'audit_entries', 'need_events', 'lead_events', 'match_runs')"
        )
    ).all()
    assert rows == []


@pytest.mark.parametrize(
    "table", ["users", "enterprises", "needs", "leads", "offers", "credit_lines", "disbursements", "audit_entries"]
)
def test_a_guest_cannot_write_tenant_data(sessions: Sessions, table: str) -> None:
    with sessions.as_(GUEST) as session, pytest.raises(ProgrammingError, match="row-level security"):
        session.execute(text(f"insert into {table} default values"))
