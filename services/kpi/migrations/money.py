"""The tables of sales and spend, as the first migration makes them."""

MONEY = (
    """CREATE TABLE sale_event (
        event_id uuid PRIMARY KEY, sale_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('lead', 'purchase')),
        says text NOT NULL CHECK (says IN ('sold', 'off', 'test')),
        version bigint NOT NULL, known_at timestamptz NOT NULL, contact_id uuid NOT NULL,
        at timestamptz NOT NULL, amount numeric, currency text, product text, region text,
        source_id uuid, order_digest text, manager_id uuid)""",
    "CREATE INDEX sale_event_of_contact ON sale_event (contact_id)",
    "CREATE INDEX sale_event_of_sale ON sale_event (sale_id)",
    "CREATE INDEX sale_event_at ON sale_event (at)",
    """CREATE TABLE sale (
        sale_id uuid NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        person_id uuid NOT NULL, contact_id uuid NOT NULL, lead_id uuid, purchase_id uuid,
        joined_by text, at timestamptz NOT NULL, amount numeric, currency text, product text,
        region text, source_id uuid, manager_id uuid, number integer, previous_at timestamptz,
        taken_back_at timestamptz, usual_halves bigint, origins text NOT NULL,
        PRIMARY KEY (sale_id, known_on))""",
    "CREATE INDEX sale_at ON sale (at, sale_id)",
    """CREATE INDEX sale_of_manager ON sale (manager_id, at) WHERE manager_id IS NOT NULL
        AND known_until = 'infinity' AND taken_back_at IS NULL""",
    """CREATE INDEX sale_without_lead ON sale (at)
        WHERE lead_id IS NULL AND known_until = 'infinity'::date""",
    """CREATE INDEX sale_taken_back ON sale (at)
        INCLUDE (manager_id, amount, currency, known_on, known_until)
        WHERE taken_back_at IS NOT NULL""",
    """CREATE TABLE sale_rule (
        is_rule boolean PRIMARY KEY DEFAULT true CHECK (is_rule),
        same_sale_hours integer NOT NULL DEFAULT 72 CHECK (same_sale_hours >= 0),
        counted_to uuid)""",
    "INSERT INTO sale_rule DEFAULT VALUES",
    """CREATE TABLE spam_mark (
        inquiry_id uuid NOT NULL, version bigint NOT NULL, known_at timestamptz NOT NULL,
        is_spam boolean NOT NULL, PRIMARY KEY (inquiry_id, version))""",
    """CREATE TABLE spend (
        spend_id uuid NOT NULL, version integer NOT NULL, day date NOT NULL,
        source_key text NOT NULL, ad_channel text NOT NULL, campaign text NOT NULL,
        amount numeric CHECK (amount >= 0), currency text NOT NULL, author text NOT NULL,
        recorded_at timestamptz NOT NULL, is_latest boolean NOT NULL,
        PRIMARY KEY (spend_id, version))""",
    "CREATE INDEX spend_of_day ON spend (day, spend_id)",
    "CREATE INDEX spend_recorded ON spend (recorded_at)",
    """CREATE TABLE spend_sum (
        unit text NOT NULL, begins date NOT NULL, source_key text NOT NULL,
        ad_channel text NOT NULL, campaign text NOT NULL, currency text NOT NULL,
        known_in date NOT NULL, lines bigint NOT NULL, amount numeric NOT NULL, PRIMARY KEY
        (unit, begins, source_key, ad_channel, campaign, currency, known_in))""",
    "CREATE UNIQUE INDEX spend_latest ON spend (spend_id) WHERE is_latest",
)
