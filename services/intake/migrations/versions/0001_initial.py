"""The first form of intake's database."""

from alembic import op

from services.intake.migrations.erasures import ERASURES
from services.intake.migrations.work import WORK
from shared.messaging.schema import MESSAGING_V1
from shared.read_audit.schema import READ_AUDIT_V1
from shared.reconciliation.schema import FORGET_ALL, ID_MOMENT, Marking

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OWN = (
    """CREATE TABLE source (
        source_id uuid PRIMARY KEY,
        key text NOT NULL UNIQUE CONSTRAINT source_key_form CHECK (key ~ '^[A-Za-z0-9_-]{3,64}$'),
        adapter text NOT NULL,
        secrets text NOT NULL, previous_secrets text, previous_until timestamptz,
        country text NOT NULL, time_zone text NOT NULL,
        pool text, pipeline text, campaign json,
        mapping json NOT NULL, options json NOT NULL, priority text,
        enabled boolean NOT NULL DEFAULT true, may_merge boolean,
        own_addresses text[] NOT NULL DEFAULT '{}', own_numbers text[] NOT NULL DEFAULT '{}',
        mail_filter text NOT NULL DEFAULT 'usual' CONSTRAINT source_mail_filter_known
            CHECK (mail_filter IN ('strict', 'usual', 'none')),
        networks text[] NOT NULL DEFAULT '{}', dedupe_seconds integer, spam_threshold float8,
        consent_text_version text, is_test boolean NOT NULL DEFAULT false,
        owner text NOT NULL
            CONSTRAINT source_owner_known CHECK (owner IN ('api', 'file', 'built_in')),
        created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL)""",
    """CREATE TABLE submission (
        submission_id uuid PRIMARY KEY,
        source_id uuid NOT NULL REFERENCES source,
        native boolean NOT NULL,
        key_digest bytea, body_digest bytea NOT NULL,
        method text NOT NULL, rest text NOT NULL, query text NOT NULL,
        headers bytea NOT NULL, body bytea NOT NULL, body_bytes bigint,
        received_at timestamptz NOT NULL, traceparent text,
        state text NOT NULL DEFAULT 'pending' CONSTRAINT submission_state_known
            CHECK (state IN ('pending', 'normalised', 'quarantined', 'ignored')),
        lane smallint NOT NULL DEFAULT 0,
        reason text, linked_to uuid, external_id text,
        inquiry_ids uuid[] NOT NULL DEFAULT '{}', settled_at timestamptz,
        repaired_body bytea, repaired_content_type text, overrides json,
        released boolean NOT NULL DEFAULT false,
        repaired_at timestamptz, repaired_by text, erased_at timestamptz)""",
    # What providers send is mostly compressed by no means: spend no time on trying at the door.
    """ALTER TABLE submission ALTER body SET STORAGE EXTERNAL,
        ALTER headers SET STORAGE EXTERNAL""",
    # The queue is this table: dead index entries of settled rows must go early.
    """ALTER TABLE submission SET (autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_analyze_scale_factor = 0.05, fillfactor = 85)""",
    """CREATE UNIQUE INDEX submission_native_key ON submission (source_id, key_digest)
        WHERE native AND key_digest IS NOT NULL""",
    """CREATE UNIQUE INDEX submission_hook_key ON submission (source_id, key_digest, body_digest)
        WHERE NOT native AND key_digest IS NOT NULL""",
    "CREATE INDEX submission_state ON submission (state, submission_id)",
    """CREATE INDEX submission_next ON submission (submission_id)
        WHERE state = 'pending' AND lane = 0""",
    """CREATE INDEX submission_apart ON submission (lane, source_id, submission_id)
        WHERE state = 'pending' AND lane > 0""",
    """CREATE TABLE follow_up (
        submission_id uuid NOT NULL REFERENCES submission, name text NOT NULL,
        source_id uuid NOT NULL REFERENCES source,
        status text NOT NULL DEFAULT 'waiting' CONSTRAINT follow_up_status_known
            CHECK (status IN ('waiting', 'fetched', 'failed')),
        tries integer NOT NULL DEFAULT 0,
        first_try_at timestamptz, tried_at timestamptz, next_at timestamptz NOT NULL,
        error text, answer bytea,
        PRIMARY KEY (submission_id, name))""",
    """CREATE INDEX follow_up_due ON follow_up (source_id, next_at) WHERE status = 'waiting'""",
    "CREATE INDEX follow_up_open ON follow_up (status) WHERE status <> 'fetched'",
    """CREATE TABLE submission_piece (
        submission_id uuid NOT NULL REFERENCES submission ON DELETE CASCADE,
        place integer NOT NULL, bytes bytea NOT NULL,
        PRIMARY KEY (submission_id, place))""",
    "ALTER TABLE submission_piece ALTER bytes SET STORAGE EXTERNAL",
    """CREATE TABLE mailbox (
        source_id uuid PRIMARY KEY REFERENCES source, folder_digest bytea, uid_validity bigint,
        last_uid bigint NOT NULL, walk_until bigint NOT NULL, begins_at timestamptz,
        checked_at timestamptz, failing_since timestamptz, failure text)""",
    """CREATE TABLE external_record (
        source_id uuid NOT NULL REFERENCES source,
        external_id_digest bytea NOT NULL,
        submission_id uuid NOT NULL,
        inquiry_id uuid,
        PRIMARY KEY (source_id, external_id_digest))""",
    """CREATE TABLE mail_message (
        message_digest bytea PRIMARY KEY,
        inquiry_id uuid NOT NULL, contact_id uuid NOT NULL,
        customers text[] NOT NULL, people text[] NOT NULL,
        received_at timestamptz NOT NULL)""",
    "CREATE INDEX mail_message_contact ON mail_message (contact_id)",
    """CREATE TABLE call (
        source_id uuid NOT NULL REFERENCES source, call_id_digest bytea NOT NULL,
        call_id text NOT NULL, submission_id uuid NOT NULL, heard_at timestamptz NOT NULL,
        facts json NOT NULL, inquiry_id uuid, observation_id uuid, overdue_at timestamptz,
        caller text, line text, started_at timestamptz,
        is_tracking boolean NOT NULL DEFAULT false, is_erased boolean NOT NULL DEFAULT false,
        PRIMARY KEY (source_id, call_id_digest))""",
    "CREATE INDEX call_inquiry ON call (inquiry_id) WHERE inquiry_id IS NOT NULL",
    "CREATE INDEX call_observation ON call (observation_id) WHERE observation_id IS NOT NULL",
    "CREATE INDEX call_overdue ON call (overdue_at) WHERE overdue_at IS NOT NULL",
    "CREATE INDEX call_caller ON call (caller, started_at) WHERE caller IS NOT NULL",
    """CREATE TABLE contact (
        contact_id uuid PRIMARY KEY,
        canonical_id uuid NOT NULL REFERENCES contact,
        created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        has_inquiry boolean NOT NULL, details json NOT NULL)""",
    "CREATE INDEX contact_canonical ON contact (canonical_id)",
    "CREATE INDEX contact_created ON contact (created_at, contact_id)",
    """CREATE TABLE contact_point (
        kind text NOT NULL, value text NOT NULL, contact_id uuid REFERENCES contact,
        people text[] NOT NULL DEFAULT '{}', shared boolean,
        PRIMARY KEY (kind, value))""",
    "CREATE INDEX contact_point_contact ON contact_point (contact_id)",
    """CREATE TABLE contact_merge (
        merge_id uuid PRIMARY KEY,
        batch_id uuid NOT NULL,
        loser_id uuid NOT NULL REFERENCES contact, winner_id uuid NOT NULL REFERENCES contact,
        reason text NOT NULL,
        inquiry_id uuid, source_id uuid REFERENCES source,
        at timestamptz NOT NULL, undone_at timestamptz, undone_by text, undone_reason text)""",
    "CREATE INDEX contact_merge_batch ON contact_merge (batch_id)",
    "CREATE INDEX contact_merge_source ON contact_merge (source_id, at)",
    "CREATE INDEX contact_merge_loser ON contact_merge (loser_id) WHERE undone_at IS NULL",
    """CREATE TABLE contact_proposal (
        proposal_id uuid PRIMARY KEY,
        low_id uuid NOT NULL REFERENCES contact, high_id uuid NOT NULL REFERENCES contact,
        points text[] NOT NULL,
        inquiry_id uuid, source_id uuid REFERENCES source,
        state text NOT NULL CONSTRAINT proposal_state_known
            CHECK (state IN ('open', 'accepted', 'declined')),
        created_at timestamptz NOT NULL, settled_at timestamptz, settled_by text,
        CONSTRAINT proposal_pair_ordered CHECK (low_id < high_id),
        CONSTRAINT proposal_pair UNIQUE (low_id, high_id))""",
    "CREATE INDEX contact_proposal_high ON contact_proposal (high_id)",
    "CREATE INDEX contact_proposal_open ON contact_proposal (source_id) WHERE state = 'open'",
    """CREATE TABLE dropped_proposal_count (
        source_id uuid PRIMARY KEY REFERENCES source, dropped bigint NOT NULL)""",
    """CREATE TABLE contact_consent (
        consent_id uuid PRIMARY KEY, contact_id uuid NOT NULL REFERENCES contact,
        given boolean NOT NULL, purpose text, channels text[] NOT NULL DEFAULT '{}',
        text_version text, text_digest text, page_url text, ip text,
        at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
        inquiry_id uuid, by text)""",
    "CREATE INDEX contact_consent_contact ON contact_consent (contact_id, at)",
    """CREATE TABLE contact_refusal (
        contact_id uuid NOT NULL REFERENCES contact,
        channel text NOT NULL CONSTRAINT contact_refusal_channel_known
            CHECK (channel IN ('call', 'email', 'chat', 'all')),
        at timestamptz NOT NULL, by text NOT NULL, reason text,
        PRIMARY KEY (contact_id, channel))""",
    """CREATE TABLE inquiry (
        inquiry_id uuid PRIMARY KEY,
        contact_id uuid NOT NULL REFERENCES contact,
        submission_id uuid NOT NULL,
        source_id uuid NOT NULL REFERENCES source,
        channel text NOT NULL,
        received_at timestamptz NOT NULL, normalised_at timestamptz NOT NULL,
        content json NOT NULL)""",
    "CREATE INDEX inquiry_submission ON inquiry (submission_id)",
    "CREATE INDEX inquiry_contact ON inquiry (contact_id, inquiry_id)",
    "CREATE INDEX inquiry_received ON inquiry (received_at, inquiry_id)",
    """CREATE TABLE purchase (
        purchase_id uuid PRIMARY KEY, source_id uuid NOT NULL REFERENCES source,
        order_id text NOT NULL, contact_id uuid REFERENCES contact, purchased_at timestamptz,
        facts json NOT NULL DEFAULT '{}', changed_at timestamptz, cancelled_at timestamptz,
        reason text)""",
    "CREATE INDEX purchase_contact ON purchase (contact_id)",
    "CREATE INDEX purchase_moment ON purchase (purchased_at, purchase_id)",
    *WORK,
    *ERASURES,
    """CREATE TABLE reconciliation_result (
        single boolean PRIMARY KEY DEFAULT true
            CONSTRAINT reconciliation_result_single CHECK (single),
        computed_at timestamptz NOT NULL, result json NOT NULL)""",
)
OF_SUBMISSION = ID_MOMENT.format(id="submission_id")
MARKS = (
    *(
        Marking("inquiry", ledger=ledger, moment=moment, statements=("INSERT", "UPDATE", "DELETE"))
        for ledger, moment in (("inquiries", "received_at"), ("submissions", OF_SUBMISSION))
    ),
    # Not when it arrives: the door stays as it is, and what is pending is counted as it stands.
    Marking(
        "submission",
        ledger="submissions",
        moment=OF_SUBMISSION,
        statements=("UPDATE", "DELETE"),
    ),
)


def upgrade() -> None:
    for statement in (
        *MESSAGING_V1,
        *READ_AUDIT_V1,
        *OWN,
        FORGET_ALL,
        *(statement for marking in MARKS for statement in marking.ddl()),
    ):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("a released schema is only ever moved forward")
