"""The tables of people's arrivals and of the credits of their sales."""

DAY_OF = "CAST(at AT TIME ZONE 'UTC' AS date)"
SOON = "at - earlier_at < interval '8 days'"
_SOLD_AGAIN = "earlier_at, segment_id, groupings, models, since_days, until_days, is_third"


def _as_known(table: str, columns: str = "") -> tuple[str, ...]:
    """Indexes of the rows that tell what was known on an earlier day from what is known now: those
    that became known later than on their own day, or earlier, and those that hold no more.
    """
    conditions = {
        "late": ("known_on, at", "known_until", f"known_on > {DAY_OF}"),
        "outdated": ("known_until, at", "known_on", "known_until < 'infinity'"),
        "ahead": ("at", "known_on, known_until", f"known_on < {DAY_OF}"),
    }
    return tuple(
        f"CREATE INDEX {table}_{name} ON {table} ({key})"
        f"{f' INCLUDE ({columns}, {more})' if columns else ''} WHERE {condition}"
        for name, (key, more, condition) in conditions.items()
    )


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
    """CREATE TABLE credit (
        sale_id uuid NOT NULL, since_days smallint NOT NULL, segment_id bigint NOT NULL,
        models smallint NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        at timestamptz NOT NULL, parts integer NOT NULL, whole integer NOT NULL,
        amount numeric NOT NULL, currency text NOT NULL, is_off boolean NOT NULL,
        PRIMARY KEY (sale_id, since_days, segment_id, models, known_on))""",
    "CREATE INDEX credit_at ON credit (at, sale_id)",
    "CREATE INDEX credit_of_segment ON credit (segment_id, at, sale_id)",
    """CREATE TABLE sold_again (
        sale_id uuid NOT NULL, earlier_id uuid NOT NULL, since_days smallint NOT NULL,
        models smallint NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        until_days smallint NOT NULL, at timestamptz NOT NULL, earlier_at timestamptz NOT NULL,
        segment_id bigint NOT NULL, groupings bigint NOT NULL, is_third boolean NOT NULL,
        PRIMARY KEY (sale_id, earlier_id, since_days, models, known_on))""",
    f"CREATE INDEX sold_again_at ON sold_again (at) INCLUDE ({_SOLD_AGAIN}, known_on, known_until)",
    f"""CREATE INDEX sold_again_earlier ON sold_again (earlier_at)
        INCLUDE ({_SOLD_AGAIN.replace("earlier_at", "at")}, known_on, known_until)""",
    # What comes again within a week or so: reports by day and week ask for it alone.
    f"""CREATE INDEX again_soon ON again (at)
        INCLUDE (earlier_at, segment_id, groupings, known_on, known_until) WHERE {SOON}""",
    f"""CREATE INDEX sold_again_soon ON sold_again (at)
        INCLUDE ({_SOLD_AGAIN}, known_on, known_until) WHERE {SOON}""",
    *_as_known("arrival", "segment_id, is_target, lead_id"),
    *_as_known("again", "earlier_at, segment_id, groupings"),
    *_as_known("credit", "segment_id, since_days, models, parts, whole, amount, currency, is_off"),
    *_as_known("sold_again", _SOLD_AGAIN),
    *_as_known("sale"),
    """CREATE TABLE arrival_sum (
        unit text NOT NULL, grouping smallint NOT NULL, begins timestamptz NOT NULL,
        segment_id bigint NOT NULL, inquiries bigint NOT NULL, target bigint NOT NULL,
        leads bigint NOT NULL, PRIMARY KEY (unit, grouping, begins, segment_id))""",
    """CREATE TABLE again_sum (
        grouping smallint NOT NULL, begins timestamptz NOT NULL,
        earlier_begins timestamptz NOT NULL, segment_id bigint NOT NULL, inquiries bigint NOT NULL,
        PRIMARY KEY (grouping, begins, earlier_begins, segment_id))""",
    """CREATE TABLE credit_sum (
        unit text NOT NULL, grouping smallint NOT NULL, begins timestamptz NOT NULL,
        segment_id bigint NOT NULL, models smallint NOT NULL, whole integer NOT NULL,
        currency text NOT NULL, since_days smallint NOT NULL, parts bigint NOT NULL,
        amount numeric NOT NULL, PRIMARY KEY (unit, grouping, begins, segment_id,
        models, whole, currency, since_days))""",
    """CREATE TABLE sale_sum (
        unit text NOT NULL, grouping smallint NOT NULL, begins timestamptz NOT NULL,
        segment_id bigint NOT NULL, models smallint NOT NULL, currency text NOT NULL,
        since_days smallint NOT NULL, firsts bigint NOT NULL, repeats bigint NOT NULL,
        cancelled bigint NOT NULL, joined bigint NOT NULL, priced bigint NOT NULL,
        cancelled_priced bigint NOT NULL, first_amount numeric NOT NULL,
        repeat_amount numeric NOT NULL, cancelled_amount numeric NOT NULL,
        PRIMARY KEY (unit, grouping, begins, segment_id, models, currency, since_days))""",
    """CREATE TABLE sold_again_sum (
        grouping smallint NOT NULL, begins timestamptz NOT NULL,
        earlier_begins timestamptz NOT NULL, segment_id bigint NOT NULL, models smallint NOT NULL,
        since_days smallint NOT NULL, again bigint NOT NULL, third bigint NOT NULL,
        PRIMARY KEY (grouping, begins, earlier_begins, segment_id, models, since_days))""",
)
