"""The tables of sums over blocks of days."""

# Written out, not taken from the domain: a migration stays as it was released.
_COUNTS = (
    "received", "leads", "cohort_assigned", "cohort_accepted", "cohort_contacted", "cohort_won",
    "cohort_lost", "cohort_aside", "cohort_entered", "within_1", "within_5", "within_15",
    "within_60", "opened", "assigned", "accepted", "contacted", "won", "lost", "entered",
    "declined", "expired", "returned", "accept_due", "accept_kept", "touch_due", "touch_kept",
)  # fmt: skip
_AMOUNTS = ("cohort_amount", "amount")
_MEASURES = ", ".join(
    [f"{name} integer NOT NULL" for name in _COUNTS]
    + [f"{name} numeric NOT NULL" for name in _AMOUNTS]
)
# Sums change day by day, and with room beside them stay where the others of their block are.
_ROOM = " WITH (fillfactor = 50)"
# A sum is of all that was known before `rolled.until`, a gain of what one day of knowledge added.
_TABLES = tuple(
    f"""CREATE TABLE {name} (
        {axis} text NOT NULL, span smallint NOT NULL, first_day date NOT NULL, {day}
        value text NOT NULL, {measures},
        PRIMARY KEY ({axis}, span, first_day, {key}value{currency})){settings}"""
    for axis, currency, measures, names in (
        (
            "axis", ", currency", f"currency text NOT NULL, {_MEASURES}",
            ("counter_sum", "counter_gain"),
        ),
        ("measure", "", "packed numeric NOT NULL", ("duration_sum", "duration_gain")),
    )
    for name, day, key, settings in zip(
        names, ("", "known_on date NOT NULL,"), ("", "known_on, "), (_ROOM, ""), strict=True
    )
)  # fmt: skip

# Of no use to compress: read whole, and of few different bytes at a time.
_BYTES = "bytea STORAGE EXTERNAL NOT NULL"
_AXES = (
    "source", "channel", "campaign", "region", "product", "pipeline", "manager", "response",
    "first_owner", "contacted_by", "closed_by",
)  # fmt: skip
_STEPS = ("owner", "accept", "first_touch", "sale")

ROLLUPS = (
    """CREATE TABLE rolled (
        is_only boolean PRIMARY KEY CHECK (is_only), until date NOT NULL)""",
    *_TABLES,
    f"""CREATE TABLE lead_day (
        day date PRIMARY KEY, changed_on date NOT NULL, digest bytea NOT NULL,
        quarters {_BYTES}, marks {_BYTES}, promises {_BYTES}, last_due timestamptz,
        {", ".join(f"{step}_classes {_BYTES}" for step in _STEPS)},
        {", ".join(f"{axis}_places {_BYTES}" for axis in _AXES)},
        {", ".join(f"{axis}_values text[] NOT NULL" for axis in _AXES)})""",
)
