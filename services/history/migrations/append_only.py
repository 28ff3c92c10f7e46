"""The statements that make the timeline append-only, kept by months, and chained.

Whoever connects as the application cannot change what was written: a trigger refuses it, and where
the application is not the server's superuser it lacks the privilege as well. The one exception is
that an erased person's words are taken away, and with them the salt of the link that seals them.
"""

# A partition holds the ids of one month: a UUIDv7 begins with its milliseconds (RFC 9562 §5.7).
# Whatever is no such id, and a month that could not be opened in time, lies in the default one.
ENTRIES = (
    """CREATE TABLE timeline_entry (
        event_id uuid PRIMARY KEY, kind text NOT NULL,
        at timestamptz NOT NULL, learned_at timestamptz NOT NULL, actor text NOT NULL,
        contact_id uuid, lead_id uuid, inquiry_id uuid, channel text, text text,
        facts jsonb NOT NULL, open_facts jsonb) PARTITION BY RANGE (event_id)""",
    """CREATE INDEX timeline_entry_of_contact ON timeline_entry (contact_id, at, event_id, kind)
        WHERE contact_id IS NOT NULL""",
    """CREATE INDEX timeline_entry_of_lead ON timeline_entry (lead_id, at, event_id, kind)
        WHERE lead_id IS NOT NULL""",
    """CREATE INDEX timeline_entry_of_inquiry ON timeline_entry (inquiry_id, at, event_id)
        WHERE inquiry_id IS NOT NULL""",
    "CREATE INDEX timeline_entry_at ON timeline_entry USING brin (at)",
    """CREATE INDEX timeline_entry_received ON timeline_entry (learned_at)
        WHERE kind = 'inquiry.received'""",
    "CREATE TABLE timeline_entry_rest PARTITION OF timeline_entry DEFAULT",
    """CREATE FUNCTION first_id(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT CAST(rpad(lpad(to_hex(CAST(extract(epoch FROM moment) * 1000 AS bigint)), 12, '0'),
            32, '0') AS uuid) $$""",
    # Attached, not created in place: so nobody who reads or writes other months has to wait.
    """CREATE FUNCTION open_month(month timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE name text := 'timeline_entry_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    BEGIN
        IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
        PERFORM pg_advisory_xact_lock(7310902);
        IF to_regclass(name) IS NOT NULL THEN RETURN false; END IF;
        EXECUTE format('CREATE TABLE %I (LIKE timeline_entry INCLUDING CONSTRAINTS)', name);
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM CURRENT_USER', name);
        EXECUTE format(
            'ALTER TABLE timeline_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
            first_id(month),
            first_id((month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
        RETURN true;
    EXCEPTION WHEN check_violation THEN
        RETURN false;  -- the default partition holds some of this month already: it stays there
    END $$""",
    """SELECT open_month(date_trunc('month', now(), 'UTC') + n * interval '1 month')
        FROM generate_series(-1, 3) AS n""",
)

CHAINS = (
    """CREATE TABLE unsealed (
        place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL)""",
    """CREATE TABLE chain_link (
        subject uuid NOT NULL, number bigint NOT NULL, event_id uuid NOT NULL,
        form smallint NOT NULL, digest bytea NOT NULL, personal bytea, salt bytea,
        hash bytea NOT NULL, seal bigint NOT NULL,
        PRIMARY KEY (subject, number))""",
    "CREATE UNIQUE INDEX chain_link_of_event ON chain_link (event_id)",
    """CREATE INDEX chain_link_of_seal ON chain_link USING brin (seal)
        WITH (pages_per_range = 16, autosummarize = on)""",
    """CREATE TABLE seal (
        number bigint PRIMARY KEY, day date NOT NULL, sealed_at timestamptz NOT NULL,
        links integer NOT NULL, root bytea NOT NULL)""",
    """CREATE TABLE chain_day (
        day date PRIMARY KEY, first_seal bigint NOT NULL, last_seal bigint NOT NULL,
        links bigint NOT NULL, root bytea NOT NULL, hash bytea NOT NULL,
        closed_at timestamptz NOT NULL)""",
)

_REFUSAL = "RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$"
_FUNCTIONS = (
    # Words may go when their person was erased, nothing may come, nothing may change.
    f"""CREATE FUNCTION only_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' AND (NEW IS NOT DISTINCT FROM OLD OR (NEW.text IS NULL
            AND to_jsonb(NEW) - 'text' - 'facts' - 'open_facts'
                = to_jsonb(OLD) - 'text' - 'facts' - 'open_facts'
            AND NEW.facts = coalesce(OLD.open_facts, OLD.facts) AND NEW.open_facts IS NULL
            AND EXISTS (SELECT FROM erased_contact AS e WHERE e.contact_id = OLD.contact_id)))
        THEN RETURN NEW; END IF;
        {_REFUSAL}""",
    f"""CREATE FUNCTION only_blank() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' AND (NEW IS NOT DISTINCT FROM OLD OR (NEW.text IS NULL
            AND to_jsonb(NEW) - 'text' - 'facts' = to_jsonb(OLD) - 'text' - 'facts'
            AND NEW.facts = (SELECT coalesce(jsonb_object_agg(key, value), '{{}}')
                FROM jsonb_each(OLD.facts) WHERE NEW.facts ? key)
            AND EXISTS (SELECT FROM erased_contact AS e WHERE e.contact_id = OLD.contact_id)))
        THEN RETURN NEW; END IF;
        {_REFUSAL}""",
    f"""CREATE FUNCTION only_unsalt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' AND NEW.salt IS NULL
            AND to_jsonb(NEW) - 'salt' = to_jsonb(OLD) - 'salt'
        THEN RETURN NEW; END IF;
        {_REFUSAL}""",
    f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_REFUSAL}",
)
_TRIGGERS = (
    """CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON timeline_entry
        FOR EACH ROW EXECUTE FUNCTION only_open()""",
    # A report that waits to be confirmed may still change, and go.
    """CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activity
        FOR EACH ROW WHEN (OLD.recorded_at IS NOT NULL) EXECUTE FUNCTION only_blank()""",
    """CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON chain_link
        FOR EACH ROW EXECUTE FUNCTION only_unsalt()""",
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
        for table in ("seal", "chain_day")
    ),
    *(
        f"CREATE TRIGGER kept BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse()"
        for table in ("chain_link", "seal", "chain_day")
    ),
)
_PRIVILEGES = (
    "REVOKE UPDATE, DELETE ON timeline_entry, timeline_entry_rest FROM CURRENT_USER",
    "GRANT UPDATE (text, facts, open_facts) ON timeline_entry TO CURRENT_USER",
    "REVOKE UPDATE, DELETE, TRUNCATE ON chain_link, seal, chain_day FROM CURRENT_USER",
    "GRANT UPDATE (salt) ON chain_link TO CURRENT_USER",
)


def guards() -> tuple[str, ...]:
    """What refuses changes, after all tables."""
    return (*_FUNCTIONS, *_TRIGGERS, *_PRIVILEGES)
