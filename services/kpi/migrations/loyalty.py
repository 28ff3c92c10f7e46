"""The tables of customers, and of lists of them."""

_BYTES = "bytea STORAGE EXTERNAL NOT NULL"

_CREDITED = ("source", "channel", "ad_channel", "campaign", "region")
_ORIGIN = ("source", "channel", "campaign", "region", "product", "manager", "currency")
LOYALTY = (
    """CREATE TABLE loyalty_list (
        list_id uuid PRIMARY KEY, name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('win_back', 'cross_sell')), criteria jsonb NOT NULL,
        first date NOT NULL, "end" date NOT NULL, time_zone text NOT NULL, currency text,
        seed text NOT NULL, held_back_share double precision NOT NULL
        CHECK (held_back_share BETWEEN 0 AND 1), outcome_days integer NOT NULL
        CHECK (outcome_days > 0), made_at timestamptz NOT NULL, made_by text NOT NULL)""",
    """CREATE TABLE loyalty_member (
        list_id uuid NOT NULL REFERENCES loyalty_list, contact_id uuid NOT NULL,
        is_held_back boolean NOT NULL, PRIMARY KEY (list_id, contact_id))""",
    """CREATE TABLE loyalty_approach (
        list_id uuid PRIMARY KEY REFERENCES loyalty_list, contacts integer NOT NULL, reason text,
        requested_at timestamptz NOT NULL, requested_by text NOT NULL)""",
    # Of no use to compress: read whole.
    f"""CREATE TABLE sale_day (
        day date PRIMARY KEY, people {_BYTES}, ats {_BYTES}, befores {_BYTES}, numbers {_BYTES},
        usuals {_BYTES}, signs {_BYTES}, origins {_BYTES},
        {", ".join(f"{name}_places {_BYTES}" for name in _CREDITED)},
        {", ".join(f"{name}_names text[] NOT NULL" for name in _CREDITED)},
        product_places {_BYTES}, product_names text[] NOT NULL, currency_places {_BYTES},
        currency_names text[] NOT NULL, manager_places {_BYTES},
        manager_names text[] NOT NULL, amounts {_BYTES}, odd_amounts numeric[],
        order_ats {_BYTES}, order_counts {_BYTES}, order_currency_places {_BYTES},
        order_currency_names text[] NOT NULL, order_amounts {_BYTES}, order_odd_amounts numeric[],
        origin_ats {_BYTES}, origin_counts {_BYTES},
        {", ".join(f"origin_{name}_places {_BYTES}" for name in _ORIGIN)},
        {", ".join(f"origin_{name}_names text[] NOT NULL" for name in _ORIGIN)},
        origin_amounts {_BYTES}, origin_odd_amounts numeric[],
        seller_ats {_BYTES}, seller_counts {_BYTES}, seller_manager_places {_BYTES},
        seller_manager_names text[] NOT NULL, seller_currency_places {_BYTES},
        seller_currency_names text[] NOT NULL, seller_amounts {_BYTES},
        seller_odd_amounts numeric[])""",
)
