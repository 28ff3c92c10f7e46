"""The tables of alerts."""

TABLES = (
    """CREATE TABLE recipient (
        recipient_id uuid PRIMARY KEY, name text NOT NULL, mails text[] NOT NULL, url text,
        secret text, language text NOT NULL, time_zone text NOT NULL, quiet_from time,
        quiet_to time, quiet_weekends boolean NOT NULL, active boolean NOT NULL,
        version integer NOT NULL, changed_at timestamptz NOT NULL, changed_by text NOT NULL)""",
    """CREATE TABLE alert_rule (
        rule_id uuid PRIMARY KEY, name text NOT NULL, indicator text NOT NULL, axis text NOT NULL,
        key text, comparison text NOT NULL, threshold numeric NOT NULL, against text NOT NULL,
        window_hours integer NOT NULL, least integer NOT NULL, for_minutes integer NOT NULL,
        remind_hours integer NOT NULL, currency text, recipient_ids uuid[] NOT NULL,
        tell_resolved boolean NOT NULL, active boolean NOT NULL, version integer NOT NULL,
        changed_at timestamptz NOT NULL, changed_by text NOT NULL)""",
    """CREATE TABLE alert_watch (
        rule_id uuid NOT NULL REFERENCES alert_rule ON DELETE CASCADE, key text NOT NULL,
        breached_since timestamptz NOT NULL, alert_id uuid, told_at timestamptz,
        PRIMARY KEY (rule_id, key))""",
    """CREATE TABLE alert (
        alert_id uuid PRIMARY KEY, rule_id uuid NOT NULL, rule_name text NOT NULL,
        indicator text NOT NULL, axis text NOT NULL, key text NOT NULL, label text, value numeric,
        before numeric, threshold numeric NOT NULL, raised_at timestamptz NOT NULL,
        resolved_at timestamptz, acknowledged_at timestamptz, acknowledged_by text)""",
    "CREATE INDEX alert_of_rule ON alert (rule_id, alert_id)",
    "CREATE INDEX alert_open ON alert (alert_id) WHERE resolved_at IS NULL",
    """CREATE TABLE alert_delivery (
        delivery_id uuid PRIMARY KEY, alert_id uuid,
        recipient_id uuid NOT NULL REFERENCES recipient ON DELETE CASCADE, way text NOT NULL,
        telling text NOT NULL, words text NOT NULL, facts jsonb NOT NULL,
        made_at timestamptz NOT NULL, first_due_at timestamptz NOT NULL, due_at timestamptz,
        attempts integer NOT NULL DEFAULT 0, outcome text NOT NULL, error text,
        done_at timestamptz, open_mails text[])""",
    "CREATE INDEX alert_delivery_due ON alert_delivery (due_at) WHERE due_at IS NOT NULL",
    """CREATE INDEX alert_delivery_of_recipient
        ON alert_delivery (recipient_id, delivery_id)""",
    "CREATE INDEX alert_delivery_of_alert ON alert_delivery (alert_id)",
)
