"""The tables of facts."""

_CHANNELS = """language text, region text, product text, utm_source text, utm_medium text,
        utm_campaign text, utm_term text, utm_content text"""

_OF_INQUIRY = f"""contact_id uuid NOT NULL, known_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL, source_id uuid NOT NULL, source_key text,
        channel text NOT NULL, is_test boolean NOT NULL, is_repeat boolean NOT NULL,
        answered_at timestamptz, priority_class text NOT NULL, {_CHANNELS},
        click_kinds text NOT NULL"""

FACTS = (
    f"""CREATE TABLE inquiry (
        inquiry_id uuid PRIMARY KEY, {_OF_INQUIRY})""",
    "CREATE INDEX inquiry_received ON inquiry (received_at)",
    "CREATE INDEX inquiry_of_source ON inquiry (source_id, received_at)",
    f"""CREATE TABLE corrected_inquiry (
        inquiry_id uuid NOT NULL, known_on date NOT NULL, known_until date NOT NULL, {_OF_INQUIRY},
        PRIMARY KEY (inquiry_id, known_on))""",
    "CREATE INDEX corrected_inquiry_received ON corrected_inquiry (received_at)",
    "CREATE INDEX corrected_inquiry_of_contact ON corrected_inquiry (contact_id)",
    "CREATE INDEX inquiry_of_contact ON inquiry (contact_id)",
    f"""CREATE TABLE inquiry_change (
        inquiry_id uuid NOT NULL, version bigint NOT NULL, known_at timestamptz NOT NULL,
        members text NOT NULL, channel text, is_test boolean, answered_at timestamptz,
        priority_class text, {_CHANNELS}, click_kinds text, PRIMARY KEY (inquiry_id, version))""",
    """CREATE TABLE lead (
        lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, inquiry_id uuid NOT NULL,
        known_at timestamptz NOT NULL, opened_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL, source_id uuid NOT NULL, channel text NOT NULL,
        pool text NOT NULL, pipeline text NOT NULL, stage text NOT NULL,
        priority_class text NOT NULL, is_test boolean NOT NULL, units_milli bigint NOT NULL)""",
    "CREATE INDEX lead_of_contact ON lead (contact_id)",
    """CREATE TABLE lead_event (
        lead_id uuid NOT NULL, version bigint NOT NULL, known_at timestamptz NOT NULL,
        at timestamptz NOT NULL, kind text NOT NULL, manager_id uuid, stage text, reason text,
        deadline text, into_id uuid, amount numeric, currency text, accept_by timestamptz,
        first_touch_by timestamptz, is_listed boolean NOT NULL,
        PRIMARY KEY (lead_id, version))""",
    "CREATE INDEX lead_event_into ON lead_event (into_id, lead_id) WHERE into_id IS NOT NULL",
    """CREATE INDEX lead_event_at ON lead_event USING brin (at timestamptz_minmax_multi_ops)
        WITH (autosummarize = on)""",
    """CREATE TABLE inquiry_link (
        event_id uuid NOT NULL, lead_id uuid NOT NULL, inquiry_id uuid NOT NULL,
        sign smallint NOT NULL CHECK (sign IN (1, -1)), known_at timestamptz NOT NULL,
        PRIMARY KEY (lead_id, inquiry_id, event_id))""",
    "CREATE INDEX inquiry_link_of_inquiry ON inquiry_link (inquiry_id)",
    """CREATE TABLE touch (
        touch_id uuid PRIMARY KEY, contact_id uuid NOT NULL, lead_id uuid,
        at timestamptz NOT NULL, learned_at timestamptz NOT NULL, known_at timestamptz NOT NULL,
        manager_id uuid, kind text NOT NULL)""",
    "CREATE INDEX touch_of_lead ON touch (lead_id) WHERE lead_id IS NOT NULL",
    "CREATE INDEX touch_of_contact ON touch (contact_id)",
    """CREATE TABLE contact_link (
        contact_id uuid NOT NULL, version bigint NOT NULL, canonical_id uuid NOT NULL,
        known_at timestamptz NOT NULL, PRIMARY KEY (contact_id, version))""",
    "CREATE INDEX contact_link_of_canonical ON contact_link (canonical_id)",
    """CREATE TABLE manager (
        manager_id uuid NOT NULL, version bigint NOT NULL, known_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL, name text, capacity numeric NOT NULL,
        time_zone text NOT NULL, calendar jsonb, left_at timestamptz,
        PRIMARY KEY (manager_id, version))""",
    """CREATE TABLE manager_status (
        manager_id uuid NOT NULL, version bigint NOT NULL, known_at timestamptz NOT NULL,
        status text NOT NULL, changed_at timestamptz NOT NULL, until timestamptz,
        PRIMARY KEY (manager_id, version))""",
)
