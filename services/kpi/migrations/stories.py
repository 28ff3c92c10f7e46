"""The tables of stories and of the counters that they add up to."""

# Written out, not taken from the domain: a migration stays as it was released.
_MEASURES = ", ".join(
    [
        f"{name} bigint NOT NULL DEFAULT 0"
        for name in [
            "received",
            "leads",
            "cohort_assigned",
            "cohort_accepted",
            "cohort_contacted",
            "cohort_won",
            "cohort_lost",
            "cohort_aside",
            "cohort_entered",
            "within_1",
            "within_5",
            "within_15",
            "within_60",
            "opened",
            "assigned",
            "accepted",
            "contacted",
            "won",
            "lost",
            "entered",
            "declined",
            "expired",
            "returned",
            "accept_due",
            "accept_kept",
            "touch_due",
            "touch_kept",
        ]
    ]
    + [f"{name} numeric NOT NULL DEFAULT 0" for name in ("cohort_amount", "amount")]
)

_MOMENTS = ", ".join(
    f"{name} timestamptz_minmax_multi_ops"
    for name in ("opened_at", "assigned_at", "accepted_at", "contacted_at", "lost_at")
)

_CLOSED = "coalesce(won_at, lost_at)"
_IS_CLOSED = f"known_until = 'infinity' AND NOT is_test AND {_CLOSED} IS NOT NULL"
_RECEIVED = "CAST(received_at AT TIME ZONE 'UTC' AS date)"

STORIES = (
    """CREATE TABLE lead_story (
        lead_id uuid NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        contact_id uuid NOT NULL, inquiry_id uuid NOT NULL, opened_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL, is_test boolean NOT NULL, source_id uuid NOT NULL,
        channel text NOT NULL, campaign text, region text, product text,
        priority_class text NOT NULL, pool text NOT NULL, pipeline text NOT NULL,
        stage text NOT NULL, owner_id uuid, assigned_at timestamptz, accepted_at timestamptz,
        contacted_at timestamptz, contacted_by uuid, accept_by timestamptz,
        first_touch_by timestamptz, won_at timestamptz, lost_at timestamptz, aside_at timestamptz,
        closed_by uuid,
        amount numeric, currency text, loss_reason text, reopened integer NOT NULL, apart jsonb,
        arrivals jsonb NOT NULL, visits jsonb NOT NULL, holdings jsonb NOT NULL,
        PRIMARY KEY (lead_id, known_on))""",
    "CREATE INDEX lead_story_received ON lead_story (received_at, known_on, known_until)",
    """CREATE INDEX lead_story_present ON lead_story (received_at) INCLUDE (
        lead_id, is_test, source_id, owner_id, assigned_at, accepted_at, contacted_at, won_at,
        lost_at) WHERE known_until = CAST('infinity' AS date)""",
    """CREATE INDEX lead_story_apart ON lead_story (
        (repeat('*', LEAST(jsonb_array_length(apart) - 1, 1)) || left((apart -> 0) ->> 0, 10)),
        known_on, known_until, (left((apart -> -1) ->> 0, 10)))
        WHERE apart IS NOT NULL""",
    f"""CREATE INDEX lead_story_ahead ON lead_story (received_at)
        WHERE known_on < {_RECEIVED}""",
    f"""CREATE INDEX lead_story_late ON lead_story (received_at, known_on)
        WHERE known_on > {_RECEIVED} + 5""",
    f"""CREATE INDEX lead_story_ended_late ON lead_story (received_at, known_until)
        WHERE known_until < CAST('infinity' AS date) AND known_until > {_RECEIVED} + 5""",
    "CREATE INDEX lead_story_won ON lead_story (won_at) WHERE won_at IS NOT NULL",
    f"CREATE INDEX lead_story_closed ON lead_story ({_CLOSED}) WHERE {_IS_CLOSED}",
    f"""CREATE INDEX lead_story_closed_by ON lead_story (coalesce(closed_by, owner_id), {_CLOSED})
        WHERE {_IS_CLOSED}""",
    f"""CREATE INDEX lead_story_moments ON lead_story USING brin (
        {_MOMENTS}) WITH (autosummarize = on)""",
    "CREATE INDEX lead_story_known ON lead_story (known_on)",
    """CREATE INDEX lead_story_ended ON lead_story (known_until)
        WHERE known_until < CAST('infinity' AS date)""",
    """CREATE TABLE placement (
        inquiry_id uuid NOT NULL, known_on date NOT NULL, known_until date NOT NULL,
        lead_id uuid NOT NULL, PRIMARY KEY (inquiry_id, known_on))""",
    *(
        f"""CREATE TABLE {name} (
            axis text NOT NULL, {bucket} NOT NULL, value text NOT NULL, currency text NOT NULL,
            known_on date NOT NULL, {_MEASURES},
            PRIMARY KEY ({key})) WITH (fillfactor = 80)"""
        for name, bucket, key in (
            ("counter", "bucket timestamptz", "axis, value, bucket, currency, known_on"),
            ("day_counter", "day date", "axis, day, known_on, value, currency"),
        )
    ),
    *(
        f"CREATE INDEX {name}_known ON {name} USING brin (known_on)"
        " WITH (pages_per_range = 16, autosummarize = on)"
        for name in ("counter", "day_counter")
    ),
)
