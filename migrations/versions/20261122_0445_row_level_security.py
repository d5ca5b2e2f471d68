"""Row-level security: who may see and write which row, enforced under every service.

The policies read five settings that ``unit_of_work`` announces at the start of each transaction. Each setting is read
through a scalar subquery, so that PostgreSQL evaluates it once per statement. A role that no policy names sees
nothing.

Revision ID: 20261122_0445
Revises: 20261122_0440
"""

from alembic import op

revision = "20261122_0445"
down_revision = "20261122_0440"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
USER = "(select nullif(current_setting('xyd.user_id', true), '')::uuid)"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
INSTITUTION = "(select nullif(current_setting('xyd.institution_id', true), '')::uuid)"
REGION = "(select current_setting('xyd.region', true) || '%')"

SYSTEM = f"{ROLE} = 'system'"
KEEPER = f"{ROLE} in ('system', 'administrator')"
LENDER = f"{ROLE} in ('institution_officer', 'institution_manager')"
OFFICE = f"{ROLE} in ('office_staff', 'office_auditor')"
OWN_ENTERPRISE = f"({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
OWN_INSTITUTION = f"({LENDER} and institution_id = {INSTITUTION})"
OFFICE_IN_REGION = f"({OFFICE} and coalesce(region_code, '') like {REGION})"


def seen_with(parent: str, key: str) -> str:
    """Visible exactly when its parent row is."""
    return f"exists (select 1 from {parent} parent where parent.id = {key})"


# table → (may read, may insert or update)
POLICIES: dict[str, tuple[str, str]] = {
    "users": (
        f"{ROLE} in ('gate', 'system', 'administrator') or id = {USER} or {OWN_INSTITUTION} or {OWN_ENTERPRISE}",
        f"{ROLE} in ('gate', 'system', 'administrator') or id = {USER}",
    ),
    "login_sessions": (f"{ROLE} in ('gate', 'system')", f"{ROLE} in ('gate', 'system')"),
    "audit_entries": (
        f"{ROLE} in ('gate', 'system', 'administrator', 'office_auditor') or actor_user_id = {USER}",
        f"{ROLE} <> 'guest'",
    ),
    "enterprises": (
        f"{KEEPER} or {OFFICE_IN_REGION} or ({ROLE} = 'enterprise_member' and id = {ENTERPRISE})"
        f" or ({LENDER} and exists (select 1 from leads l where l.enterprise_id = enterprises.id))",
        KEEPER,
    ),
    "registry_imports": (f"{KEEPER} or {OFFICE}", KEEPER),
    "products": (
        f"{KEEPER} or {OFFICE} or status <> 'draft' or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_INSTITUTION}",
    ),
    "product_versions": (
        f"{KEEPER} or state <> 'draft' or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_INSTITUTION}",
    ),
    "needs": (
        f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE}"
        f" or ({LENDER} and exists (select 1 from leads l where l.need_id = needs.id))",
        f"{SYSTEM} or {OWN_ENTERPRISE} or ({LENDER} and exists (select 1 from leads l where l.need_id = needs.id))",
    ),
    "need_events": (
        seen_with("needs", "need_id"),
        seen_with("needs", "need_id"),
    ),
    "match_runs": (seen_with("needs", "need_id"), SYSTEM),
    # A lender reads the breakdown of its own leads only, not of every need that its products were ranked for.
    "match_results": (
        f"{KEEPER} or {OWN_ENTERPRISE}"
        f" or ({LENDER} and exists (select 1 from leads l where l.match_result_id = match_results.id))"
        f" or ({OFFICE} and {seen_with('match_runs', 'match_run_id')})",
        SYSTEM,
    ),
    "leads": (
        f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
    ),
    "lead_events": (seen_with("leads", "lead_id"), seen_with("leads", "lead_id")),
    "offers": (seen_with("leads", "lead_id"), f"{SYSTEM} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}"),
    "credit_lines": (
        f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_INSTITUTION}",
    ),
    "disbursements": (
        f"{KEEPER} or {OFFICE_IN_REGION} or {OWN_ENTERPRISE} or {OWN_INSTITUTION}",
        f"{SYSTEM} or {OWN_INSTITUTION}",
    ),
}

# Open to every actor by its nature: ids without content, names of lenders, terms that are published, holidays.
OPEN = ("outbox_jobs", "institutions", "product_sets", "working_day_overrides")
APPEND_ONLY = (
    "audit_entries",
    "need_events",
    "lead_events",
    "match_runs",
    "match_results",
    "product_sets",
    "disbursements",
)
# Drafts and logins may be thrown away; everything else stays.
DELETABLE = {
    "login_sessions": f"{ROLE} in ('gate', 'system')",
    "needs": f"status = 'draft' and ({SYSTEM} or {OWN_ENTERPRISE})",
    "products": f"status = 'draft' and ({SYSTEM} or {OWN_INSTITUTION})",
    "product_versions": f"state = 'draft' and ({SYSTEM} or {OWN_INSTITUTION})",
}


def upgrade() -> None:
    op.execute("grant usage on schema public to xyd_app")
    op.execute("grant select on alembic_version to xyd_app")
    for table in (*POLICIES, *OPEN):
        rights = "select, insert" if table in APPEND_ONLY else "select, insert, update"
        op.execute(f"grant {rights} on {table} to xyd_app")
    for table, (read, write) in POLICIES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select to xyd_app using ({read})")
        op.execute(f"create policy {table}_insert on {table} for insert to xyd_app with check ({write})")
        if table not in APPEND_ONLY:
            op.execute(
                f"create policy {table}_update on {table} for update to xyd_app using ({write}) with check ({write})"
            )
    for table, condition in DELETABLE.items():
        op.execute(f"grant delete on {table} to xyd_app")
        op.execute(f"create policy {table}_delete on {table} for delete to xyd_app using ({condition})")


def downgrade() -> None:
    for table in POLICIES:
        for kind in ("read", "insert", "update", "delete"):
            op.execute(f"drop policy if exists {table}_{kind} on {table}")
        op.execute(f"alter table {table} disable row level security")
    for table in (*POLICIES, *OPEN, "alembic_version"):
        op.execute(f"revoke all on {table} from xyd_app")
    op.execute("revoke usage on schema public from xyd_app")
