"""Tables of people who were erased."""

ERASURES = (
    """CREATE TABLE erasure (
        erasure_id uuid PRIMARY KEY, contact_id uuid NOT NULL, contact_ids uuid[] NOT NULL,
        reason text NOT NULL CONSTRAINT erasure_reason_known CHECK (reason IN
            ('requested', 'consent_withdrawn', 'no_longer_needed', 'unlawful')),
        erased_by text NOT NULL, erased_at timestamptz NOT NULL,
        step text NOT NULL CONSTRAINT erasure_step_known CHECK (step IN
            ('inquiries', 'calls', 'journal', 'search', 'files', 'done')),
        place text[] NOT NULL DEFAULT '{}', pattern text, search_from uuid NOT NULL,
        rows json NOT NULL DEFAULT '{}', blanked_at timestamptz, confirmed_at timestamptz)""",
    "CREATE INDEX erasure_open ON erasure (erasure_id) WHERE confirmed_at IS NULL",
    "CREATE INDEX erasure_contacts ON erasure USING gin (contact_ids)",
    """CREATE TABLE erasure_confirmation (
        erasure_id uuid NOT NULL REFERENCES erasure, service text NOT NULL,
        confirmed_at timestamptz NOT NULL, rows json NOT NULL,
        PRIMARY KEY (erasure_id, service))""",
)
