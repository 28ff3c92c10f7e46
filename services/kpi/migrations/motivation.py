"""The tables of pay, as the first migration makes them."""

MOTIVATION = (
    """CREATE TABLE motivation_target (
        target_id uuid NOT NULL, version integer NOT NULL, month date NOT NULL,
        subject text NOT NULL, measure text NOT NULL CHECK (measure IN ('revenue', 'sales')),
        value numeric CHECK (value > 0), currency text NOT NULL, author text NOT NULL,
        recorded_at timestamptz NOT NULL, is_latest boolean NOT NULL,
        PRIMARY KEY (target_id, version))""",
    "CREATE INDEX motivation_target_of_month ON motivation_target (month, target_id)",
    """CREATE UNIQUE INDEX motivation_target_latest ON motivation_target (target_id)
        WHERE is_latest""",
    """CREATE TABLE pay_scheme (
        scheme_id uuid NOT NULL, version integer NOT NULL, name text NOT NULL,
        manager_ids uuid[] NOT NULL, terms jsonb NOT NULL, created_at timestamptz NOT NULL,
        created_by text NOT NULL, is_latest boolean NOT NULL, from_month date,
        approved_at timestamptz, approved_by text, PRIMARY KEY (scheme_id, version),
        CHECK ((approved_at IS NULL) = (from_month IS NULL)))""",
    "CREATE UNIQUE INDEX pay_scheme_latest ON pay_scheme (scheme_id) WHERE is_latest",
    """CREATE TABLE pay_what_if (
        what_if_id uuid PRIMARY KEY, scheme_id uuid NOT NULL, version integer NOT NULL,
        first_month date NOT NULL, next_month date NOT NULL, end_month date NOT NULL,
        requested_at timestamptz NOT NULL, requested_by text NOT NULL, done_at timestamptz,
        FOREIGN KEY (scheme_id, version) REFERENCES pay_scheme (scheme_id, version))""",
    "CREATE INDEX pay_what_if_of_version ON pay_what_if (scheme_id, version)",
    "CREATE INDEX pay_what_if_open ON pay_what_if (what_if_id) WHERE done_at IS NULL",
    """CREATE TABLE pay_what_if_row (
        what_if_id uuid NOT NULL REFERENCES pay_what_if ON DELETE CASCADE, month date NOT NULL,
        manager_id uuid NOT NULL, proposed numeric NOT NULL, present numeric,
        present_currency text, has_target boolean NOT NULL,
        PRIMARY KEY (what_if_id, month, manager_id))""",
    """CREATE TABLE pay_month (
        month date PRIMARY KEY, begins_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
        closed_at timestamptz NOT NULL, closed_by text NOT NULL)""",
    """CREATE TABLE pay_statement (
        month date NOT NULL REFERENCES pay_month, manager_id uuid NOT NULL,
        scheme_id uuid NOT NULL, version integer NOT NULL, payout numeric NOT NULL,
        carried numeric NOT NULL, facts jsonb NOT NULL, lines jsonb NOT NULL,
        PRIMARY KEY (month, manager_id))""",
    """CREATE TABLE pay_sale (
        month date NOT NULL REFERENCES pay_month, manager_id uuid NOT NULL, about date NOT NULL,
        sale_id uuid NOT NULL, product text NOT NULL, lead_id uuid, quantity integer NOT NULL,
        amount numeric NOT NULL, PRIMARY KEY (month, manager_id, about, sale_id, product))""",
    "CREATE INDEX pay_sale_later ON pay_sale (manager_id, about) WHERE month > about",
    "CREATE INDEX pay_sale_of_sale ON pay_sale (sale_id)",
    "CREATE TABLE pay_mark (sale_id uuid PRIMARY KEY)",
    """CREATE TABLE pay_check (
        is_check boolean PRIMARY KEY DEFAULT true CHECK (is_check), relation bigint NOT NULL,
        checked_on date NOT NULL)""",
    """CREATE TABLE attainment (
        subject text PRIMARY KEY, attainment numeric NOT NULL, measured_on date NOT NULL,
        measured_at timestamptz NOT NULL, has_target boolean NOT NULL)""",
)
