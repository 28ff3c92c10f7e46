"""The table of goals."""

GOALS = (
    """CREATE TABLE goal (
        goal_id uuid, version integer, is_latest boolean NOT NULL, name text NOT NULL,
        measure text NOT NULL, unit text NOT NULL, value numeric NOT NULL, first date NOT NULL,
        "end" date NOT NULL, time_zone text NOT NULL, axis text NOT NULL, key text,
        owner text NOT NULL, challenge text NOT NULL,
        potential_ids uuid[] NOT NULL, potential numeric,
        kind text NOT NULL, reason text, changed_at timestamptz NOT NULL,
        changed_by text NOT NULL, PRIMARY KEY (goal_id, version))""",
    "CREATE UNIQUE INDEX goal_latest ON goal (goal_id) WHERE is_latest",
)
