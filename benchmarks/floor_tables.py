"""The tables of the floor: the columns that a lead's way needs, the indexes that readers need."""

from typing import Final

MESSAGING: Final = """
CREATE TABLE stream (topic text, key uuid, version bigint NOT NULL, PRIMARY KEY (topic, key));
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL, key uuid NOT NULL, version bigint NOT NULL, event_id uuid NOT NULL,
    type text NOT NULL, payload json NOT NULL, recorded_at timestamptz NOT NULL,
    UNIQUE (topic, key, version));
CREATE INDEX ON journal (xid, id);
CREATE TABLE seen (
    topic text, key uuid, version bigint NOT NULL, before bigint NOT NULL,
    holding boolean NOT NULL, PRIMARY KEY (topic, key));
"""

INTAKE: Final = """
CREATE TABLE submission (
    submission_id uuid PRIMARY KEY, source_id uuid NOT NULL, key_digest bytea,
    body_digest bytea NOT NULL, headers bytea NOT NULL, body bytea NOT NULL,
    received_at timestamptz NOT NULL, state text NOT NULL DEFAULT 'pending', inquiry_id uuid
) WITH (fillfactor = 85);
CREATE INDEX ON submission (submission_id) WHERE state = 'pending';
CREATE UNIQUE INDEX ON submission (source_id, key_digest) WHERE key_digest IS NOT NULL;
CREATE TABLE external_record (
    source_id uuid, digest bytea, submission_id uuid NOT NULL, PRIMARY KEY (source_id, digest));
CREATE TABLE contact (
    contact_id uuid PRIMARY KEY, canonical_id uuid NOT NULL, details json NOT NULL,
    created_at timestamptz NOT NULL);
CREATE INDEX ON contact (canonical_id);
CREATE TABLE contact_point (
    kind text, value text, contact_id uuid NOT NULL, PRIMARY KEY (kind, value));
CREATE TABLE inquiry (
    inquiry_id uuid PRIMARY KEY, contact_id uuid NOT NULL, submission_id uuid NOT NULL,
    received_at timestamptz NOT NULL, content json NOT NULL);
CREATE INDEX ON inquiry (contact_id);
CREATE INDEX ON inquiry (received_at);
"""

ROUTING: Final = """
CREATE TABLE manager (
    manager_id uuid PRIMARY KEY, capacity bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0,
    last_assigned_at timestamptz);
CREATE TABLE contact_link (contact_id uuid PRIMARY KEY, canonical_id uuid NOT NULL);
CREATE TABLE lead (
    lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, canonical_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'open', owner_id uuid, epoch int NOT NULL,
    version bigint NOT NULL, received_at timestamptz NOT NULL);
CREATE INDEX ON lead (contact_id);
CREATE UNIQUE INDEX ON lead (canonical_id) WHERE state = 'open';
CREATE INDEX ON lead (received_at) WHERE owner_id IS NULL;
CREATE TABLE lead_inquiry (
    inquiry_id uuid PRIMARY KEY, lead_id uuid NOT NULL, contact_id uuid NOT NULL,
    received_at timestamptz NOT NULL);
CREATE INDEX ON lead_inquiry (lead_id);
CREATE TABLE assignment (
    lead_id uuid, epoch int, manager_id uuid NOT NULL, decision_id uuid NOT NULL,
    at timestamptz NOT NULL, accept_by timestamptz NOT NULL, ended_at timestamptz,
    PRIMARY KEY (lead_id, epoch));
CREATE INDEX ON assignment (accept_by) WHERE ended_at IS NULL;
CREATE INDEX ON assignment (manager_id) WHERE ended_at IS NULL;
CREATE TABLE decision_batch (
    batch_id uuid PRIMARY KEY, loads bigint[] NOT NULL, decided_at timestamptz NOT NULL);
CREATE TABLE decision (
    decision_id uuid PRIMARY KEY, batch_id uuid NOT NULL, place int NOT NULL,
    lead_id uuid NOT NULL, manager_id uuid);
CREATE INDEX ON decision (lead_id);
"""

HISTORY: Final = """
CREATE TABLE timeline_entry (
    event_id uuid PRIMARY KEY, kind text NOT NULL, at timestamptz NOT NULL, contact_id uuid,
    lead_id uuid, inquiry_id uuid, text text, facts jsonb NOT NULL);
CREATE INDEX ON timeline_entry (contact_id);
CREATE INDEX ON timeline_entry (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX ON timeline_entry (inquiry_id) WHERE inquiry_id IS NOT NULL;
CREATE TABLE lead (lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, owner_id uuid);
"""

KPI: Final = """
CREATE TABLE inquiry (
    inquiry_id uuid PRIMARY KEY, source_id uuid NOT NULL, channel text NOT NULL,
    received_at timestamptz NOT NULL);
CREATE INDEX ON inquiry (received_at);
CREATE INDEX ON inquiry (source_id, received_at);
CREATE TABLE lead_story (
    lead_id uuid PRIMARY KEY, contact_id uuid NOT NULL, received_at timestamptz, owner_id uuid,
    assigned_at timestamptz);
CREATE INDEX ON lead_story (received_at);
CREATE TABLE inquiry_link (
    event_id uuid PRIMARY KEY, lead_id uuid NOT NULL, inquiry_id uuid NOT NULL);
CREATE INDEX ON inquiry_link (lead_id);
CREATE INDEX ON inquiry_link (inquiry_id);
"""

TABLES: Final = {
    "intake": MESSAGING + INTAKE,
    "routing": MESSAGING + ROUTING,
    "history": MESSAGING + HISTORY,
    "kpi": MESSAGING + KPI,
}
