"""Kpi's first schema: messaging's tables and its own."""

from alembic import op

from services.kpi.migrations.alerts import TABLES as ALERTS
from shared.messaging.schema import MESSAGING_V1
from shared.reconciliation.schema import FORGET_ALL, Marking, update_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE inquiry (
        inquiry_id uuid PRIMARY KEY, source_id uuid NOT NULL, source_key text,
        channel text NOT NULL, received_at timestamptz NOT NULL, is_test boolean NOT NULL,
        answered_at timestamptz)""",
    "CREATE INDEX inquiry_received ON inquiry (received_at)",
    "CREATE INDEX inquiry_of_source ON inquiry (source_id, received_at)",
    """CREATE TABLE lead (
        lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, owner_id uuid, merged_into uuid,
        source_id uuid, channel text, received_at timestamptz, is_test boolean NOT NULL,
        assigned_at timestamptz, accepted_at timestamptz, won_at timestamptz,
        lost_at timestamptz, amount numeric, currency text)""",
    "CREATE INDEX lead_received ON lead (received_at)",
    "CREATE INDEX lead_merged ON lead (merged_into) WHERE merged_into IS NOT NULL",
    """CREATE TABLE inquiry_link (
        event_id uuid NOT NULL, lead_id uuid NOT NULL, inquiry_id uuid NOT NULL,
        sign smallint NOT NULL CHECK (sign IN (1, -1)),
        PRIMARY KEY (event_id, lead_id, inquiry_id))""",
    "CREATE INDEX inquiry_link_of_lead ON inquiry_link (lead_id)",
    "CREATE INDEX inquiry_link_of_inquiry ON inquiry_link (inquiry_id)",
    """CREATE TABLE touch (
        touch_id uuid PRIMARY KEY, contact_id uuid NOT NULL, lead_id uuid,
        at timestamptz NOT NULL, learned_at timestamptz NOT NULL)""",
    "CREATE INDEX touch_of_lead ON touch (lead_id) WHERE lead_id IS NOT NULL",
    "CREATE INDEX touch_of_contact ON touch (contact_id) WHERE lead_id IS NULL",
    """CREATE TABLE contact_link (
        contact_id uuid PRIMARY KEY, canonical_id uuid NOT NULL, version bigint NOT NULL)""",
    "CREATE INDEX contact_link_of_canonical ON contact_link (canonical_id)",
    "CREATE TABLE manager (manager_id uuid PRIMARY KEY, name text, version bigint NOT NULL)",
)

MARKS = Marking(
    "inquiry",
    ledger="inquiries",
    moment="received_at",
    rows=(update_of("inquiry_id", "received_at"),),
)


def upgrade() -> None:
    for statement in (*MESSAGING_V1, *TABLES, *ALERTS, FORGET_ALL, *MARKS.ddl()):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away")
