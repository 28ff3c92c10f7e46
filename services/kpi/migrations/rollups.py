"""The tables of sums over blocks of days."""

_MEASURES = "packed numeric NOT NULL, cohort_amount numeric NOT NULL, amount numeric NOT NULL"

ROLLUPS = (
    """CREATE TABLE rolled (
        is_only boolean PRIMARY KEY CHECK (is_only), until date NOT NULL)""",
    f"""CREATE TABLE counter_rollup (
        axis text NOT NULL, span smallint NOT NULL, known_span smallint NOT NULL,
        first_day date NOT NULL, value text NOT NULL, currency text NOT NULL,
        known_from date NOT NULL, {_MEASURES},
        PRIMARY KEY (axis, span, known_span, known_from, first_day, value, currency))""",
    f"""CREATE TABLE hour_rollup (
        known_span smallint NOT NULL, hour timestamptz NOT NULL, currency text NOT NULL,
        known_from date NOT NULL, {_MEASURES},
        PRIMARY KEY (known_span, known_from, hour, currency))""",
    """CREATE TABLE duration_rollup (
        measure text NOT NULL, span smallint NOT NULL, known_span smallint NOT NULL,
        first_day date NOT NULL, value text NOT NULL, known_from date NOT NULL,
        packed numeric NOT NULL,
        PRIMARY KEY (measure, span, known_span, known_from, first_day, value))""",
)
