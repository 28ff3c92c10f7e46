"""The table of reads. Rows are only inserted: the database refuses to change or empty it, and lets
go only of what is older than any setting allows.
"""

LEAST_DAYS = 30  # rows younger than this are deleted by nobody

READ_AUDIT_V1: tuple[str, ...] = (
    """CREATE TABLE read_audit (
        audit_id uuid PRIMARY KEY, at timestamptz NOT NULL,
        actor text NOT NULL, role text NOT NULL, token_id text, what text NOT NULL,
        subject_ids uuid[] NOT NULL, shape jsonb NOT NULL, trace_id text)""",
    "CREATE INDEX read_audit_moment ON read_audit (at, audit_id)",
    "CREATE INDEX read_audit_of_actor ON read_audit (actor, at, audit_id)",
    "CREATE INDEX read_audit_of_subject ON read_audit USING gin (subject_ids)",
    f"""CREATE FUNCTION keep_read_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.at < now() - interval '{LEAST_DAYS} days' THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'what was noted of reads stays as it is';
    END $$""",
    """CREATE TRIGGER keep_read_audit_row BEFORE UPDATE OR DELETE ON read_audit
        FOR EACH ROW EXECUTE FUNCTION keep_read_audit()""",
    """CREATE TRIGGER keep_read_audit_whole BEFORE TRUNCATE ON read_audit
        FOR EACH STATEMENT EXECUTE FUNCTION keep_read_audit()""",
)

READ_AUDIT_TABLES = frozenset({"read_audit"})
