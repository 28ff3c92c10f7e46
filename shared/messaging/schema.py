"""The tables every service's database has besides its own. Released statements never change:
a later form is a further tuple, run by a further migration.
"""

KERNEL_V1: tuple[str, ...] = (
    """CREATE TABLE stream (
        topic text NOT NULL, key text NOT NULL, version bigint NOT NULL CHECK (version > 0),
        PRIMARY KEY (topic, key))""",
    """CREATE TABLE journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        topic text NOT NULL, key text NOT NULL, version bigint NOT NULL,
        event_id uuid NOT NULL, type text NOT NULL, source text NOT NULL,
        payload json NOT NULL, traceparent text, causation_id uuid,
        spoken_at timestamptz NOT NULL,
        UNIQUE (topic, key, version))""",
    "CREATE INDEX journal_forward ON journal (xid, id)",
    "CREATE TABLE pending (id bigint PRIMARY KEY)",
    """CREATE TABLE unsendable (
        id bigint PRIMARY KEY, reason text NOT NULL, set_aside_at timestamptz NOT NULL)""",
    """CREATE TABLE relayed_log (
        log_id text PRIMARY KEY, generation text NOT NULL, since timestamptz NOT NULL)""",
    """CREATE TABLE journal_cursor (
        reader text NOT NULL, speaker text NOT NULL, after text,
        PRIMARY KEY (reader, speaker))""",
    """CREATE TABLE consumer_position (
        log_id text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
        next_offset bigint NOT NULL, moved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (log_id, topic, partition))""",
    """CREATE TABLE seen (
        topic text NOT NULL, key text NOT NULL, version bigint NOT NULL,
        PRIMARY KEY (topic, key))""",
    """CREATE TABLE held (
        topic text NOT NULL, key text NOT NULL, version bigint NOT NULL,
        reason text NOT NULL, detail text, headers json NOT NULL, payload bytea NOT NULL,
        attempts integer NOT NULL DEFAULT 0, held_at timestamptz NOT NULL,
        PRIMARY KEY (topic, key, version))""",
    "CREATE INDEX held_by_reason ON held (reason, held_at)",
    """CREATE TABLE in_hand (
        loop text PRIMARY KEY, holder text NOT NULL, items text[] NOT NULL,
        attempts integer NOT NULL, taken_at timestamptz NOT NULL,
        suspects json NOT NULL DEFAULT '{}')""",
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
)

KERNEL_TABLES = frozenset(
    {
        "stream", "journal", "pending", "unsendable", "relayed_log", "journal_cursor",
        "consumer_position", "seen", "held", "in_hand", "leader_lease",
        "reconciliation_digest", "reconciliation_mark",
    }
)  # fmt: skip
