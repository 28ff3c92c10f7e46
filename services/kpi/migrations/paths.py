"""The tables of people's arrivals and of the credits of their sales."""

PATHS = (
    """CREATE TABLE segment (
        segment_id bigint PRIMARY KEY, source uuid, channel text, ad_channel text, campaign text,
        region text, product text)""",
    """CREATE TABLE untold (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, contact_id uuid NOT NULL,
        since date NOT NULL)""",
    """CREATE TABLE arrival (
        inquiry_id uuid NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        person_id uuid NOT NULL, at timestamptz NOT NULL, segment_id bigint NOT NULL,
        is_target boolean NOT NULL, lead_id uuid, PRIMARY KEY (inquiry_id, known_on))""",
    "CREATE INDEX arrival_at ON arrival (at, inquiry_id)",
    "CREATE INDEX arrival_of_segment ON arrival (segment_id, at, inquiry_id)",
    """CREATE TABLE again (
        inquiry_id uuid NOT NULL, earlier_id uuid NOT NULL, known_on date NOT NULL,
        known_until date NOT NULL, at timestamptz NOT NULL, earlier_at timestamptz NOT NULL,
        segment_id bigint NOT NULL, groupings bigint NOT NULL,
        PRIMARY KEY (inquiry_id, earlier_id, known_on))""",
    """CREATE INDEX again_at ON again (at)
        INCLUDE (earlier_at, segment_id, groupings, known_on, known_until)""",
    """CREATE INDEX again_earlier ON again (earlier_at)
        INCLUDE (at, segment_id, groupings, known_on, known_until)""",
    """CREATE TABLE again_sum (
        grouping smallint NOT NULL, begins date NOT NULL, earlier_begins date NOT NULL,
        segment_id bigint NOT NULL, known_on date NOT NULL, inquiries bigint NOT NULL,
        PRIMARY KEY (grouping, begins, earlier_begins, segment_id, known_on))""",
    """CREATE TABLE credit (
        sale_id uuid NOT NULL, since_days smallint NOT NULL, segment_id bigint NOT NULL,
        models smallint NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        at timestamptz NOT NULL, parts integer NOT NULL, whole integer NOT NULL,
        amount numeric NOT NULL, currency text NOT NULL, is_off boolean NOT NULL,
        PRIMARY KEY (sale_id, since_days, segment_id, models, known_on))""",
    "CREATE INDEX credit_at ON credit (at, sale_id)",
    "CREATE INDEX credit_of_segment ON credit (segment_id, at, sale_id)",
    """CREATE TABLE arrival_sum (
        unit text NOT NULL, grouping smallint NOT NULL, begins date NOT NULL,
        segment_id bigint NOT NULL, known_on date NOT NULL, inquiries bigint NOT NULL,
        target bigint NOT NULL, leads bigint NOT NULL,
        PRIMARY KEY (unit, grouping, begins, segment_id, known_on))""",
    """CREATE TABLE credit_sum (
        unit text NOT NULL, grouping smallint NOT NULL, begins date NOT NULL,
        segment_id bigint NOT NULL,
        models smallint NOT NULL, whole integer NOT NULL, currency text NOT NULL,
        since_days smallint NOT NULL, known_on date NOT NULL, parts bigint NOT NULL,
        amount numeric NOT NULL, PRIMARY KEY (unit, grouping, begins, segment_id,
        models, whole, currency, since_days, known_on))""",
)
