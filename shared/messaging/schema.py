"""The tables every service's database has besides its own. Released statements never change:
a later form is a further tuple, run by a further migration.

Keys are compared byte by byte, so that everybody locks rows in one order.
"""

MESSAGING_V1: tuple[str, ...] = (
    # One row. `life` names this life of the data: later ones are greater. The outbox is open while
    # the server is the one that started then, the database that one, and `opened` the number of
    # the transaction that wrote the row.
    """CREATE TABLE producer (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        life uuid NOT NULL DEFAULT uuidv7(),
        server timestamptz NOT NULL, database oid NOT NULL,
        opened xid8 NOT NULL DEFAULT pg_current_xact_id(),
        overruled boolean NOT NULL DEFAULT false)""",
    """INSERT INTO producer (server, database)
        SELECT pg_postmaster_start_time(), oid FROM pg_database
        WHERE datname = current_database()""",
    """CREATE TABLE stream (
        topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
        version bigint NOT NULL CHECK (version > 0),
        PRIMARY KEY (topic, key))""",
    """CREATE TABLE journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL,
        event_id uuid NOT NULL, type text NOT NULL, source text NOT NULL,
        payload json NOT NULL, traceparent text, causation_id uuid,
        recorded_at timestamptz NOT NULL,
        UNIQUE (topic, key, version))""",
    "CREATE INDEX journal_forward ON journal (xid, id)",
    "CREATE INDEX journal_walk ON journal (topic, xid, id) INCLUDE (key, version)",
    "CREATE TABLE pending (id bigint PRIMARY KEY)",
    """CREATE TABLE acknowledged (
        cluster_id text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
        next_offset bigint NOT NULL,
        PRIMARY KEY (cluster_id, topic, partition))""",
    """CREATE TABLE journal_cursor (
        producer text NOT NULL, topic text NOT NULL, life uuid NOT NULL,
        xid xid8 NOT NULL, id bigint NOT NULL, walked_at timestamptz,
        PRIMARY KEY (producer, topic))""",
    """CREATE TABLE seen (
        topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
        version bigint NOT NULL, before bigint NOT NULL, holding boolean NOT NULL,
        PRIMARY KEY (topic, key))""",
    "CREATE INDEX seen_holding ON seen (topic, key) WHERE holding",
    """CREATE TABLE held (
        topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL,
        reason text NOT NULL, detail text, headers json NOT NULL, payload bytea NOT NULL,
        attempts integer NOT NULL DEFAULT 0, held_at timestamptz NOT NULL, retry_at timestamptz,
        PRIMARY KEY (topic, key, version))""",
    "CREATE INDEX held_by_reason ON held (reason, held_at)",
    """CREATE TABLE process_mark (
        holder text PRIMARY KEY, lock bigint NOT NULL, since timestamptz NOT NULL)""",
    """CREATE TABLE in_flight (
        loop text NOT NULL, holder text NOT NULL, items text[] NOT NULL,
        attempts integer NOT NULL, taken_at timestamptz NOT NULL,
        suspects json NOT NULL DEFAULT '{}',
        PRIMARY KEY (loop, holder))""",
    """CREATE TABLE leader_lease (
        name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL,
        until timestamptz NOT NULL)""",
    """CREATE TABLE reconciliation_digest (
        account text NOT NULL, step text NOT NULL CHECK (step IN ('minute', 'hour', 'day')),
        begins_at timestamptz NOT NULL, count bigint NOT NULL, digest numeric NOT NULL,
        computed_at timestamptz NOT NULL,
        PRIMARY KEY (account, step, begins_at))""",
    """CREATE INDEX reconciliation_digest_age ON reconciliation_digest (account, computed_at)
        WHERE step = 'minute'""",
    "CREATE TABLE reconciliation_mark (ledger text NOT NULL, minute timestamptz NOT NULL)",
    "CREATE INDEX reconciliation_mark_minute ON reconciliation_mark (ledger, minute)",
    # Contacts of people who were erased: what still arrives of them arrives blank.
    "CREATE TABLE erased_contact (contact_id uuid PRIMARY KEY)",
    # Erasures that a consumer has heard of; confirmed once nothing is left to be blanked.
    """CREATE TABLE erasure_receipt (
        erasure_id uuid PRIMARY KEY, contact_ids uuid[] NOT NULL,
        received_at timestamptz NOT NULL, confirmed_at timestamptz,
        rows json NOT NULL DEFAULT '{}')""",
    """CREATE INDEX erasure_receipt_open ON erasure_receipt (received_at, erasure_id)
        WHERE confirmed_at IS NULL""",
)

MESSAGING_TABLES = frozenset(
    {
        "producer", "stream", "journal", "pending", "acknowledged", "journal_cursor", "seen",
        "held", "process_mark", "in_flight", "leader_lease",
        "reconciliation_digest", "reconciliation_mark", "erased_contact", "erasure_receipt",
    }
)  # fmt: skip
