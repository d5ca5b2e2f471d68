"""The key of the observations carries value and batch; claims and records are found by batch.

All of one subject is then read from the index alone: a leaf or two for each metric instead of a page of the table for
each month. That holds for pages which a vacuum has seen, so partitions are vacuumed once two in a hundred of their rows
are new, not one in five. Existing rows are carried by building the key anew.

Revision ID: 20261126_0060
Revises: 20261126_0050
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0060"
down_revision = "20261126_0050"
branch_labels = None
depends_on = None

KEY = "primary key (metric, enterprise_id, month, part)"
PARTITIONS = ("market", "tax", "staff", "utilities", "trade", "other")
VACUUM = ("autovacuum_vacuum_insert_scale_factor", 0.02), ("autovacuum_vacuum_insert_threshold", 50_000)


def upgrade() -> None:
    _make_key_anew(f"{KEY} include (value, batch)")
    for name in PARTITIONS:
        settings = ", ".join(f"{setting} = {value}" for setting, value in VACUUM)
        op.execute(f"alter table credit_observations_p_{name} set ({settings})")
    op.create_index("ix_credit_observation_claims_batch", "credit_observation_claims", ["batch"])
    op.create_index("ix_credit_event_claims_batch", "credit_event_claims", ["batch"])
    op.create_index(
        "ix_credit_events_batch",
        "credit_events",
        ["batch"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": True},
    )


def downgrade() -> None:
    op.drop_index("ix_credit_events_batch", "credit_events")
    op.drop_index("ix_credit_event_claims_batch", "credit_event_claims")
    op.drop_index("ix_credit_observation_claims_batch", "credit_observation_claims")
    for name in PARTITIONS:
        settings = ", ".join(setting for setting, _value in VACUUM)
        op.execute(f"alter table credit_observations_p_{name} reset ({settings})")
    _make_key_anew(KEY)


def _make_key_anew(key: str) -> None:
    op.execute(sa.text("set local maintenance_work_mem = '256MB'"))
    op.drop_constraint("pk_credit_observations", "credit_observations")
    op.execute(f"alter table credit_observations add constraint pk_credit_observations {key}")
