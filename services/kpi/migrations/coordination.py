"""The tables of coordination."""

_STEPS = "state text NOT NULL, cause text, action text, owner text, due date, result text"
COORDINATION = (
    """CREATE TABLE plan_threshold (
        plan_id uuid PRIMARY KEY REFERENCES plan ON DELETE CASCADE, version integer NOT NULL,
        measure text NOT NULL, axes jsonb NOT NULL, percent integer NOT NULL,
        least numeric NOT NULL, changed_at timestamptz NOT NULL, changed_by text NOT NULL)""",
    f"""CREATE TABLE coordination (
        coordination_id uuid PRIMARY KEY, plan_id uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
        number integer NOT NULL, measure text NOT NULL, month date NOT NULL, cut jsonb NOT NULL,
        cut_digest bytea NOT NULL, planned numeric NOT NULL, fact numeric NOT NULL,
        bridge jsonb NOT NULL, origin text NOT NULL, opened_at timestamptz NOT NULL,
        opened_by text NOT NULL, version integer NOT NULL, {_STEPS})""",
    # Once per cut and period, whoever opens it.
    """CREATE UNIQUE INDEX coordination_once
        ON coordination (plan_id, measure, month, cut_digest)""",
    "CREATE INDEX coordination_of_plan ON coordination (plan_id, coordination_id)",
    f"""CREATE TABLE coordination_change (
        coordination_id uuid REFERENCES coordination ON DELETE CASCADE, version integer,
        {_STEPS}, reason text NOT NULL, made_at timestamptz NOT NULL, made_by text NOT NULL,
        PRIMARY KEY (coordination_id, version))""",
)
