"""The tables of polls and of their answers."""

OPINIONS = (
    """CREATE TABLE opinion_poll (
        poll_id uuid PRIMARY KEY, kind text NOT NULL, name text NOT NULL, measure text NOT NULL,
        currency text, axis text NOT NULL, key text, first date NOT NULL, "end" date NOT NULL,
        sample numeric[] NOT NULL, population integer, round integer NOT NULL, salt bytea,
        made_at timestamptz NOT NULL, made_by text NOT NULL, closed_at timestamptz,
        closed_by text,
        cancel_reason text CHECK (closed_at IS NOT NULL OR cancel_reason IS NULL))""",
    """CREATE INDEX opinion_poll_of ON opinion_poll (measure, axis, key)
        WHERE closed_at IS NOT NULL""",
    """CREATE TABLE opinion_answer (
        poll_id uuid NOT NULL REFERENCES opinion_poll ON DELETE CASCADE, round integer NOT NULL,
        respondent uuid NOT NULL, name text, low numeric NOT NULL, likely numeric NOT NULL,
        high numeric NOT NULL CHECK (low <= likely AND likely <= high),
        PRIMARY KEY (poll_id, round, respondent))""",
)
