"""Tables of intake's longer work: imports, lists, spam, reading again, the watch over sources."""

WORK = (
    """CREATE TABLE import_job (
        import_id uuid PRIMARY KEY, source_id uuid NOT NULL REFERENCES source,
        name text NOT NULL,
        state text NOT NULL CONSTRAINT import_job_state_known CHECK (state IN
            ('open', 'queued', 'running', 'done', 'failed', 'cancelled')),
        dry_run boolean NOT NULL, wish json NOT NULL,
        created_at timestamptz NOT NULL, created_by text NOT NULL, ended_at timestamptz,
        file_digest bytea, rows integer,
        rows_done integer NOT NULL DEFAULT 0, rows_at_fault integer NOT NULL DEFAULT 0,
        last_row integer NOT NULL DEFAULT 0, failure text, preview json)""",
    """CREATE INDEX import_job_waiting ON import_job (import_id)
        WHERE state IN ('queued', 'running')""",
    "CREATE INDEX import_job_file ON import_job (source_id, file_digest)",
    """CREATE TABLE import_file (
        import_id uuid PRIMARY KEY REFERENCES import_job, content bytea NOT NULL)""",
    """CREATE TABLE import_row (
        import_id uuid NOT NULL REFERENCES import_job, "row" integer NOT NULL,
        submission_id uuid, fault text, cells json, PRIMARY KEY (import_id, "row"))""",
    """CREATE INDEX import_row_submission ON import_row (submission_id)
        WHERE submission_id IS NOT NULL""",
    """CREATE TABLE approach (
        list_id uuid NOT NULL, contact_id uuid NOT NULL, outcome text NOT NULL, receipt_id uuid,
        at timestamptz NOT NULL, PRIMARY KEY (list_id, contact_id))""",
    """CREATE TABLE blocked_point (
        blocked_id uuid PRIMARY KEY,
        kind text NOT NULL, value text NOT NULL, since timestamptz NOT NULL, by text NOT NULL,
        submission_id uuid,
        CONSTRAINT blocked_point_once UNIQUE (kind, value))""",
    "CREATE INDEX blocked_point_submission ON blocked_point (submission_id)",
    """CREATE TABLE suspicion (
        submission_id uuid PRIMARY KEY,
        score float8 NOT NULL, reasons text[] NOT NULL,
        kinds text[] NOT NULL, named text[] NOT NULL)""",
    """CREATE TABLE text_sighting (
        text_digest bytea NOT NULL, person_digest bytea NOT NULL, seen_at timestamptz NOT NULL,
        PRIMARY KEY (text_digest, person_digest))""",
    "CREATE INDEX text_sighting_seen ON text_sighting (seen_at)",
    """CREATE TABLE recent_words (
        source_id uuid NOT NULL REFERENCES source, words_digest bytea NOT NULL,
        submission_id uuid NOT NULL,
        received_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        PRIMARY KEY (source_id, words_digest))""",
    "CREATE INDEX recent_words_expires ON recent_words (expires_at)",
    """CREATE TABLE renormalisation (
        renormalisation_id uuid PRIMARY KEY,
        state text NOT NULL CONSTRAINT renormalisation_state_known
            CHECK (state IN ('queued', 'running', 'done', 'cancelled')),
        dry_run boolean NOT NULL, source_id uuid REFERENCES source, adapter text,
        since timestamptz NOT NULL, until timestamptz NOT NULL,
        created_at timestamptz NOT NULL, created_by text NOT NULL, ended_at timestamptz,
        last_id uuid NOT NULL,
        submissions_done integer NOT NULL DEFAULT 0, inquiries_changed integer NOT NULL DEFAULT 0,
        submissions_revived integer NOT NULL DEFAULT 0,
        submissions_to_review integer NOT NULL DEFAULT 0,
        submissions_unread integer NOT NULL DEFAULT 0)""",
    """CREATE INDEX renormalisation_waiting ON renormalisation (renormalisation_id)
        WHERE state IN ('queued', 'running')""",
    """CREATE TABLE renormalisation_difference (
        renormalisation_id uuid NOT NULL REFERENCES renormalisation,
        submission_id uuid NOT NULL, place bigint NOT NULL,
        kind text NOT NULL, inquiry_id uuid, path text NOT NULL, before json, after json,
        PRIMARY KEY (renormalisation_id, submission_id, place))""",
    """CREATE TABLE source_hour (
        source_id uuid NOT NULL REFERENCES source, hour timestamptz NOT NULL,
        submissions integer NOT NULL, PRIMARY KEY (source_id, hour))""",
    """CREATE TABLE source_watch (
        source_id uuid PRIMARY KEY REFERENCES source,
        first_at timestamptz, last_at timestamptz,
        refusals integer NOT NULL, refused_at timestamptz,
        health text, health_since timestamptz, expected float8, a_week float8,
        judged_at timestamptz)""",
    """CREATE TABLE watch_state (
        single boolean PRIMARY KEY DEFAULT true CONSTRAINT watch_state_single CHECK (single),
        counted_until timestamptz NOT NULL, watched_since timestamptz NOT NULL)""",
)
