"""The tables of scheduled reports, and the first report of every company."""

DIGESTS = (
    """CREATE TABLE report (
        report_id uuid PRIMARY KEY, name text NOT NULL, sections jsonb NOT NULL,
        every text NOT NULL, at time NOT NULL, weekday integer, day integer, time_zone text,
        files text[] NOT NULL, recipient_ids uuid[] NOT NULL, active boolean NOT NULL,
        next_at timestamptz, version integer NOT NULL, changed_at timestamptz NOT NULL,
        changed_by text NOT NULL)""",
    "CREATE INDEX report_due ON report (next_at) WHERE next_at IS NOT NULL",
    """CREATE TABLE report_run (
        run_id uuid PRIMARY KEY, report_id uuid NOT NULL REFERENCES report ON DELETE CASCADE,
        due_at timestamptz NOT NULL, is_scheduled boolean NOT NULL,
        made_at timestamptz NOT NULL)""",
    "CREATE UNIQUE INDEX report_run_once ON report_run (report_id, due_at) WHERE is_scheduled",
    "CREATE INDEX report_run_old ON report_run (made_at)",
    """CREATE TABLE report_delivery (
        delivery_id uuid PRIMARY KEY,
        run_id uuid NOT NULL REFERENCES report_run ON DELETE CASCADE, report_id uuid NOT NULL,
        recipient_id uuid NOT NULL REFERENCES recipient ON DELETE CASCADE, way text NOT NULL,
        made_at timestamptz NOT NULL, first_due_at timestamptz NOT NULL, due_at timestamptz,
        attempts integer NOT NULL DEFAULT 0, outcome text NOT NULL, error text,
        done_at timestamptz, open_mails text[])""",
    "CREATE INDEX report_delivery_due ON report_delivery (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX report_delivery_of_report ON report_delivery (report_id, delivery_id)",
    "CREATE INDEX report_delivery_of_run ON report_delivery (run_id)",
    "CREATE INDEX report_delivery_of_recipient ON report_delivery (recipient_id)",
    # Made with the table and never again, so that whoever deletes it is rid of it.
    """INSERT INTO report (report_id, name, sections, every, at, files, recipient_ids, active,
        version, changed_at, changed_by)
    VALUES ('0190c0de-0000-7000-8000-000000000001', 'Утренняя сводка / Morning digest', '[
        {"report": "funnel", "period": "yesterday", "compare": "previous", "group_by": "source"},
        {"report": "managers", "period": "yesterday", "compare": "previous"},
        {"report": "response-times", "period": "yesterday", "compare": "previous",
            "group_by": "manager"},
        {"report": "sales", "period": "month_to_date", "group_by": "day"},
        {"report": "load", "period": "yesterday"}]',
        'day', '08:00', '{xlsx}', '{}', true, 1, now(), 'leadflow')""",
)
