"""The table of budgets."""

MARKETING = (
    """CREATE TABLE budget (
        month date NOT NULL CHECK (extract(day FROM month) = 1), ad_channel text NOT NULL,
        currency text NOT NULL, version integer NOT NULL, amount numeric CHECK (amount >= 0),
        author text NOT NULL, recorded_at timestamptz NOT NULL, is_latest boolean NOT NULL,
        PRIMARY KEY (month, ad_channel, currency, version))""",
    """CREATE UNIQUE INDEX budget_latest ON budget (month, ad_channel, currency)
        WHERE is_latest""",
)
