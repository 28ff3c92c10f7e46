"""History's first schema: messaging's tables and its own."""

from alembic import op

from services.history.migrations.append_only import CHAINS, ENTRIES, guards
from services.history.migrations.customers import CUSTOMERS
from services.history.migrations.search import SEARCH
from shared.messaging.schema import MESSAGING_V1
from shared.read_audit.schema import READ_AUDIT_V1
from shared.reconciliation.schema import FORGET_ALL, Marking, update_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE inquiry_link (
        event_id uuid NOT NULL, lead_id uuid NOT NULL, inquiry_id uuid NOT NULL,
        sign smallint NOT NULL CHECK (sign IN (1, -1)),
        PRIMARY KEY (event_id, lead_id, inquiry_id))""",
    "CREATE INDEX inquiry_link_of_lead ON inquiry_link (lead_id, inquiry_id, sign)",
    """CREATE TABLE lead (
        lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, owner_id uuid, merged_into uuid,
        state text NOT NULL, pipeline text, stage text, opened_at timestamptz,
        closed_at timestamptz, amount numeric, currency text)""",
    "CREATE INDEX lead_of_owner ON lead (owner_id) WHERE owner_id IS NOT NULL",
    "CREATE INDEX lead_of_contact ON lead (contact_id)",
    "CREATE INDEX lead_merged ON lead (merged_into) WHERE merged_into IS NOT NULL",
    """CREATE TABLE assignee (
        lead_id uuid NOT NULL, manager_id uuid NOT NULL, PRIMARY KEY (lead_id, manager_id))""",
    "CREATE TABLE manager_name (manager_id uuid PRIMARY KEY, name text NOT NULL)",
    """CREATE TABLE sale_rule (
        one integer PRIMARY KEY CHECK (one = 1), same_sale_hours integer NOT NULL)""",
    """CREATE TABLE contact_link (
        contact_id uuid PRIMARY KEY, canonical_id uuid NOT NULL, version bigint NOT NULL)""",
    "CREATE INDEX contact_link_of_canonical ON contact_link (canonical_id)",
    """CREATE TABLE activity (
        activity_id uuid PRIMARY KEY, actor text NOT NULL, manager_id uuid,
        key_digest bytea, body_digest bytea NOT NULL, lead_id uuid, contact_id uuid,
        kind text NOT NULL, direction text, at timestamptz NOT NULL,
        learned_at timestamptz NOT NULL, text text, facts jsonb NOT NULL,
        traceparent text, recorded_at timestamptz,
        due_at timestamptz, owner_id uuid, task_id uuid, done boolean,
        CONSTRAINT activity_idempotency_key UNIQUE (actor, key_digest),
        CHECK (lead_id IS NOT NULL OR contact_id IS NOT NULL),
        CHECK ((task_id IS NULL) = (done IS NULL)))""",
    """CREATE INDEX activity_of_lead ON activity (lead_id, at, activity_id)
        WHERE lead_id IS NOT NULL""",
    """CREATE INDEX activity_of_contact ON activity (contact_id, at, activity_id)
        WHERE contact_id IS NOT NULL""",
    "CREATE INDEX activity_unconfirmed ON activity (activity_id) WHERE recorded_at IS NULL",
    """CREATE INDEX activity_unconfirmed_of_actor ON activity (actor, learned_at)
        WHERE recorded_at IS NULL""",
    "CREATE INDEX activity_at ON activity USING brin (at)",
    """CREATE INDEX activity_on_task ON activity (task_id, recorded_at, activity_id)
        WHERE task_id IS NOT NULL""",
    """CREATE TABLE open_task (
        activity_id uuid PRIMARY KEY, owner_id uuid, due_at timestamptz NOT NULL)""",
    "CREATE INDEX open_task_of_owner ON open_task (owner_id, due_at, activity_id)",
    "CREATE INDEX open_task_due ON open_task (due_at, activity_id)",
)

MARKS = Marking(
    "timeline_entry",
    ledger="inquiries",
    moment="learned_at",
    counted="kind = 'inquiry.received'",
    rows=(update_of("kind", "inquiry_id", "learned_at"),),
)


def upgrade() -> None:
    for statement in (
        *(*MESSAGING_V1, *READ_AUDIT_V1, *ENTRIES, *TABLES, *CUSTOMERS, *SEARCH, *CHAINS),
        *(FORGET_ALL, *MARKS.ddl(), *guards()),
    ):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away")
