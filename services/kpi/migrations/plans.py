"""The tables of plans."""

_OF_VERSION = """FOREIGN KEY (plan_id, number) REFERENCES plan_version (plan_id, number)
            ON DELETE CASCADE"""
PLANS = (
    """CREATE TABLE plan (
        plan_id uuid PRIMARY KEY, name text NOT NULL, currency text NOT NULL,
        first_month date NOT NULL, months integer NOT NULL, party text NOT NULL,
        rule jsonb NOT NULL, season jsonb NOT NULL, begun_as jsonb NOT NULL,
        created_at timestamptz NOT NULL, created_by text NOT NULL)""",
    """CREATE TABLE plan_version (
        plan_id uuid NOT NULL REFERENCES plan ON DELETE CASCADE, number integer NOT NULL,
        state text NOT NULL, revision integer NOT NULL, made_from integer,
        made_at timestamptz NOT NULL, made_by text NOT NULL, approved_at timestamptz,
        approved_by text, PRIMARY KEY (plan_id, number))""",
    """CREATE UNIQUE INDEX plan_version_draft ON plan_version (plan_id)
        WHERE state = 'draft'""",
    """CREATE TABLE plan_value (
        plan_id uuid NOT NULL REFERENCES plan ON DELETE CASCADE, axis text NOT NULL,
        number integer NOT NULL, value text NOT NULL, PRIMARY KEY (plan_id, axis, number))""",
    "CREATE UNIQUE INDEX plan_value_named ON plan_value (plan_id, axis, value)",
    f"""CREATE TABLE plan_block (
        plan_id uuid NOT NULL, number integer NOT NULL, measure text NOT NULL,
        region integer NOT NULL, product integer NOT NULL, lines bytea NOT NULL,
        cells bytea NOT NULL, past bytea, totals bytea NOT NULL,
        PRIMARY KEY (plan_id, number, measure, region, product), {_OF_VERSION})""",
    # Numbers hardly shrink, and trying to shrink them costs more than keeping them.
    """ALTER TABLE plan_block ALTER COLUMN lines SET STORAGE EXTERNAL,
        ALTER COLUMN cells SET STORAGE EXTERNAL, ALTER COLUMN past SET STORAGE EXTERNAL,
        ALTER COLUMN totals SET STORAGE EXTERNAL""",
    f"""CREATE TABLE plan_lock (
        lock_id uuid PRIMARY KEY, plan_id uuid NOT NULL, number integer NOT NULL,
        measure text NOT NULL, node jsonb NOT NULL, reason text NOT NULL,
        made_at timestamptz NOT NULL, made_by text NOT NULL, {_OF_VERSION})""",
    "CREATE UNIQUE INDEX plan_lock_node ON plan_lock (plan_id, number, measure, node)",
    """CREATE TABLE plan_change (
        change_id uuid PRIMARY KEY, plan_id uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
        number integer NOT NULL, revision integer NOT NULL, kind text NOT NULL, measure text,
        node jsonb, before numeric, after numeric, reason text NOT NULL,
        made_at timestamptz NOT NULL, made_by text NOT NULL)""",
    "CREATE INDEX plan_change_of_plan ON plan_change (plan_id, change_id)",
)
