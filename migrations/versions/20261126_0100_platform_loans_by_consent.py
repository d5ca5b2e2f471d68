"""What an enterprise owes on this platform, and how often it was overdue, is read by lenders that it consented to.

The same function answers that says who may read a record: ``platform_loan`` stands in no list of open data sets, so a
lender needs a consent in force that names it. Consents that were given before do not name it and open nothing new.

Revision ID: 20261126_0100
Revises: 20261126_0070
"""

from alembic import op

revision = "20261126_0100"
down_revision = "20261126_0070"
branch_labels = None
depends_on = None

ROLE = "(select current_setting('xyd.role', true))"
ENTERPRISE = "(select nullif(current_setting('xyd.enterprise_id', true), '')::uuid)"
BEFORE = f"{ROLE} = 'system' or ({ROLE} = 'enterprise_member' and enterprise_id = {ENTERPRISE})"
# The first test is the platform itself, said as in 20261125_0540, so that whole-city computations pay nothing.
MOSTLY_SYSTEM = "(select case when current_setting('xyd.role', true) = 'system' then 1 end) is not null"
BY_CONSENT = f"{MOSTLY_SYSTEM} or xyd_reads_record(enterprise_id, 'platform_loan')"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute(f"alter policy credit_given_values_read on credit_given_values using ({BY_CONSENT})")


def downgrade() -> None:
    op.execute(f"alter policy credit_given_values_read on credit_given_values using ({BEFORE})")
