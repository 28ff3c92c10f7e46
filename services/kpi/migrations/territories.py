"""The tables of territories, of what is known of them, and of potentials."""

TERRITORIES = (
    """CREATE TABLE territory (
        territory_id uuid, version integer, is_latest boolean NOT NULL, name text NOT NULL,
        parent_id uuid, region text, country text, changed_at timestamptz NOT NULL,
        changed_by text NOT NULL,
        PRIMARY KEY (territory_id, version))""",
    "CREATE UNIQUE INDEX territory_latest ON territory (territory_id) WHERE is_latest",
    """CREATE TABLE territory_fact (
        fact_id uuid, version integer, is_latest boolean NOT NULL, territory_id uuid NOT NULL,
        kind text NOT NULL, product text NOT NULL, day date NOT NULL,
        value numeric CHECK (value >= 0), currency text, source text NOT NULL,
        author text NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (fact_id, version))""",
    "CREATE UNIQUE INDEX territory_fact_latest ON territory_fact (fact_id) WHERE is_latest",
    "CREATE INDEX territory_fact_day ON territory_fact (day, fact_id) WHERE is_latest",
    """CREATE INDEX territory_fact_of ON territory_fact (territory_id, kind, product, day)
        WHERE is_latest""",
    """CREATE TABLE potential (
        potential_id uuid, version integer, is_latest boolean NOT NULL,
        territory_id uuid NOT NULL, product text NOT NULL, measure text NOT NULL, currency text,
        first date NOT NULL, "end" date NOT NULL, buyers numeric, frequency numeric,
        quantity numeric, price numeric, share numeric, market numeric NOT NULL,
        sales numeric NOT NULL CHECK (sales BETWEEN 0 AND market), assumption text NOT NULL,
        changed_at timestamptz NOT NULL, changed_by text NOT NULL,
        PRIMARY KEY (potential_id, version))""",
    "CREATE UNIQUE INDEX potential_latest ON potential (potential_id) WHERE is_latest",
    "CREATE INDEX potential_of ON potential (territory_id, product) WHERE is_latest",
)
