"""The tables of the customer base: cards, labels, segments."""

CUSTOMERS = (
    # A trusted extension of PostgreSQL's own: the owner of the database may create it.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
    # It knows the letters of the database's LC_CTYPE only: Latin ones are in every one. The same as
    # `latin_of` in domain/search/spellings.py.
    """CREATE FUNCTION in_latin(name text, company text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN translate(
        replace(replace(replace(replace(replace(replace(replace(replace(
            lower(coalesce(name, '') || ' ' || coalesce(company, '')),
            'щ', 'shch'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ч', 'ch'), 'ш', 'sh'),
            'ю', 'yu'), 'я', 'ya'),
        'абвгдеёзийклмнопрстуфыэъь', 'abvgdeeziyklmnoprstufye')""",
    """CREATE TABLE card (
        person_id uuid PRIMARY KEY, contact_ids uuid[] NOT NULL,
        name text, names text[] NOT NULL, company text,
        phones text[] NOT NULL, emails text[] NOT NULL, other jsonb NOT NULL,
        channels text[] NOT NULL, source_ids uuid[] NOT NULL, regions text[] NOT NULL,
        cities text[] NOT NULL, products text[] NOT NULL, campaigns text[] NOT NULL,
        languages text[] NOT NULL,
        first_seen_at timestamptz, last_seen_at timestamptz, last_touch_at timestamptz,
        entry_count integer NOT NULL, inquiry_count integer NOT NULL,
        activity_count integer NOT NULL, owner_ids uuid[] NOT NULL, open_stages text[] NOT NULL,
        stages_reached text[] NOT NULL, open_lead_count integer NOT NULL,
        won_lead_count integer NOT NULL, lost_lead_count integer NOT NULL,
        purchase_count integer NOT NULL, sums jsonb NOT NULL,
        first_purchase_at timestamptz, last_purchase_at timestamptz,
        consents jsonb NOT NULL, purposes text[] NOT NULL, do_not_contact text[] NOT NULL,
        tags text[] NOT NULL, fields jsonb NOT NULL,
        latin text GENERATED ALWAYS AS (in_latin(name, company)) STORED)""",
    "CREATE INDEX card_first_seen ON card (first_seen_at, person_id)",
    "CREATE INDEX card_last_seen ON card (last_seen_at, person_id)",
    "CREATE INDEX card_last_purchase ON card (last_purchase_at, person_id)",
    "CREATE INDEX card_last_touch ON card (last_touch_at)",
    "CREATE INDEX card_first_purchase ON card (first_purchase_at)",
    "CREATE INDEX card_phones ON card USING gin (phones)",
    "CREATE INDEX card_emails ON card USING gin (emails)",
    "CREATE INDEX card_tags ON card USING gin (tags)",
    "CREATE INDEX card_alike ON card USING gin (latin public.gin_trgm_ops)",
    "CREATE TABLE card_contact (contact_id uuid PRIMARY KEY, person_id uuid NOT NULL)",
    "CREATE INDEX card_contact_of_person ON card_contact (person_id)",
    """CREATE TABLE card_purchase (
        purchase_id uuid PRIMARY KEY, contact_id uuid NOT NULL, at timestamptz NOT NULL,
        amount numeric, currency text, product text)""",
    "CREATE INDEX card_purchase_of_contact ON card_purchase (contact_id, at)",
    "CREATE INDEX card_purchase_at ON card_purchase (at)",
    """CREATE TABLE touched_contact (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, contact_id uuid NOT NULL)""",
    "CREATE TABLE card_due (person_id uuid PRIMARY KEY, due_at timestamptz NOT NULL)",
    "CREATE INDEX card_due_next ON card_due (due_at)",
    """CREATE TABLE card_replay (
        one integer PRIMARY KEY CHECK (one = 1), began_at timestamptz NOT NULL)""",
    """CREATE TABLE tag_definition (
        key text PRIMARY KEY, name text NOT NULL, version integer NOT NULL,
        changed_at timestamptz NOT NULL, changed_by text NOT NULL)""",
    """CREATE TABLE field_definition (
        key text PRIMARY KEY, name text NOT NULL,
        type text NOT NULL CHECK (type IN ('text', 'number', 'date', 'boolean', 'one_of')),
        options text[] NOT NULL, version integer NOT NULL,
        changed_at timestamptz NOT NULL, changed_by text NOT NULL)""",
    """CREATE TABLE contact_tag (
        contact_id uuid NOT NULL, tag text NOT NULL, set_at timestamptz NOT NULL,
        set_by text NOT NULL, PRIMARY KEY (contact_id, tag))""",
    "CREATE INDEX contact_tag_of_tag ON contact_tag (tag)",
    """CREATE TABLE contact_field (
        contact_id uuid NOT NULL, field text NOT NULL, value jsonb NOT NULL,
        set_at timestamptz NOT NULL, set_by text NOT NULL, PRIMARY KEY (contact_id, field))""",
    "CREATE INDEX contact_field_of_field ON contact_field (field)",
    "CREATE TABLE contact_label (contact_id uuid PRIMARY KEY, version integer NOT NULL)",
    """CREATE TABLE segment (
        segment_id uuid PRIMARY KEY, name text NOT NULL, filter jsonb NOT NULL,
        time_zone text NOT NULL, is_relative boolean NOT NULL, version integer NOT NULL,
        created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        changed_by text NOT NULL, deleted_at timestamptz, swept_version integer NOT NULL,
        swept_at timestamptz, swept_to uuid, swept_count integer NOT NULL,
        member_count integer NOT NULL DEFAULT 0)""",
    "CREATE UNIQUE INDEX segment_name ON segment (name) WHERE deleted_at IS NULL",
    """CREATE TABLE segment_version (
        segment_id uuid NOT NULL REFERENCES segment, version integer NOT NULL,
        at timestamptz NOT NULL, actor text NOT NULL, name text NOT NULL, filter jsonb NOT NULL,
        time_zone text NOT NULL, PRIMARY KEY (segment_id, version))""",
    """CREATE TABLE segment_export (
        export_id uuid PRIMARY KEY, segment_id uuid NOT NULL REFERENCES segment,
        format text NOT NULL, actor text NOT NULL,
        state text NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
        persons integer NOT NULL, "of" integer NOT NULL, began_at timestamptz NOT NULL,
        moved_at timestamptz NOT NULL)""",
    "CREATE INDEX segment_export_of_segment ON segment_export (segment_id, export_id)",
    """CREATE TABLE segment_member (
        segment_id uuid NOT NULL REFERENCES segment, person_id uuid NOT NULL,
        entered_at timestamptz NOT NULL, PRIMARY KEY (segment_id, person_id))""",
    "CREATE INDEX segment_member_of_person ON segment_member (person_id)",
)
