"""Routing's first schema: messaging's tables, its own, and the rows of an empty company."""

from alembic import op

from services.routing.migrations.webhooks import WEBHOOK_TABLES
from shared.messaging.schema import MESSAGING_V1
from shared.read_audit.schema import READ_AUDIT_V1
from shared.reconciliation.schema import FORGET_ALL, Marking, update_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Leads that the assigner serves: without an owner, not set aside after a failure, and not the
# supervisors'.
WAITS = """state = 'open' AND owner_id IS NULL AND parked_reason IS DISTINCT FROM 'failed'
            AND parked_reason IS DISTINCT FROM 'crashes_the_process'
            AND parked_reason IS DISTINCT FROM 'escalated'
            AND parked_reason IS DISTINCT FROM 'erased'"""
IS_ABSENT = "(status IN ('offline', 'away') OR duty = 'off' OR left_at IS NOT NULL)"
ROTS_AT = """timezone('UTC', timezone('UTC', greatest(stage_since, last_touch_at, accepted_at))
            + CAST(rot_seconds AS double precision) * interval '1 second')"""
OWN_TABLES = (
    """CREATE TABLE idempotent_answer (
        actor TEXT NOT NULL,
        key_sha256 BYTEA NOT NULL,
        request_sha256 BYTEA NOT NULL,
        answer JSON NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT idempotent_answer_pkey PRIMARY KEY (actor, key_sha256))""",
    "CREATE INDEX idempotent_answer_at ON idempotent_answer (at)",
    """CREATE TABLE contact_link (
        contact_id UUID NOT NULL,
        canonical_id UUID NOT NULL,
        version BIGINT DEFAULT '0' NOT NULL,
        CONSTRAINT contact_link_pkey PRIMARY KEY (contact_id))""",
    "CREATE INDEX contact_link_canonical ON contact_link (canonical_id)",
    """CREATE TABLE candidate_snapshot (
        snapshot_id UUID NOT NULL,
        content JSON NOT NULL,
        CONSTRAINT candidate_snapshot_pkey PRIMARY KEY (snapshot_id))""",
    """CREATE TABLE decision_batch (
        batch_id UUID NOT NULL,
        algorithm TEXT NOT NULL,
        pool TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        policy_version INTEGER NOT NULL,
        seed BIGINT NOT NULL,
        snapshot_id UUID NOT NULL,
        loads INTEGER[] NOT NULL,
        turns SMALLINT[] NOT NULL,
        received BIGINT[] NOT NULL,
        allowances INTEGER[],
        CONSTRAINT decision_batch_pkey PRIMARY KEY (batch_id))""",
    """CREATE TABLE heartbeat (
        id SMALLINT NOT NULL,
        beat_at TIMESTAMP WITH TIME ZONE NOT NULL,
        clock_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT heartbeat_pkey PRIMARY KEY (id),
        CONSTRAINT heartbeat_one_row_check CHECK (id = 1))""",
    """CREATE TABLE manager (
        manager_id UUID NOT NULL,
        name TEXT NOT NULL,
        email TEXT,
        capacity_milli BIGINT NOT NULL,
        reserved_milli BIGINT DEFAULT '0' NOT NULL,
        time_zone TEXT NOT NULL,
        skills JSONB NOT NULL,
        languages TEXT[] DEFAULT '{}' NOT NULL,
        regions TEXT[] DEFAULT '{}' NOT NULL,
        products TEXT[] DEFAULT '{}' NOT NULL,
        weight_milli INTEGER DEFAULT '1000' NOT NULL,
        hourly_limit INTEGER,
        daily_limit INTEGER,
        status TEXT DEFAULT 'offline' NOT NULL,
        status_until TIMESTAMP WITH TIME ZONE,
        status_since TIMESTAMP WITH TIME ZONE,
        duty TEXT DEFAULT 'shift' NOT NULL,
        duty_until TIMESTAMP WITH TIME ZONE,
        duty_plan TEXT,
        next_shift_at TIMESTAMP WITH TIME ZONE,
        last_assigned_at TIMESTAMP WITH TIME ZONE,
        received_milli DOUBLE PRECISION DEFAULT '0' NOT NULL,
        received_as_of TIMESTAMP WITH TIME ZONE,
        lead_over_mean_milli DOUBLE PRECISION,
        attainment_milli INTEGER,
        attainment_version BIGINT DEFAULT '0' NOT NULL,
        left_at TIMESTAMP WITH TIME ZONE,
        absent_since TIMESTAMP WITH TIME ZONE,
        absence_settled BOOLEAN DEFAULT false NOT NULL,
        CONSTRAINT manager_pkey PRIMARY KEY (manager_id),
        CONSTRAINT manager_capacity_check CHECK (capacity_milli > 0),
        CONSTRAINT manager_reserved_check CHECK (reserved_milli >= 0),
        CONSTRAINT manager_weight_check CHECK (weight_milli > 0),
        CONSTRAINT manager_duty_check CHECK (duty IN ('shift', 'on_call', 'off')))""",
    "CREATE INDEX manager_status_due ON manager (status_until) WHERE status <> 'offline'",
    "CREATE INDEX manager_duty_due ON manager (duty_until) WHERE duty_until IS NOT NULL",
    f"""CREATE INDEX manager_presence_changed ON manager (manager_id)
        WHERE {IS_ABSENT} <> (absent_since IS NOT NULL)""",
    """CREATE INDEX manager_absence ON manager (manager_id)
        WHERE absent_since IS NOT NULL AND NOT absence_settled""",
    """CREATE TABLE calendar (
        manager_id UUID NOT NULL,
        content JSONB NOT NULL,
        holidays TEXT[] NOT NULL,
        version INTEGER NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT calendar_pkey PRIMARY KEY (manager_id))""",
    "CREATE INDEX calendar_holidays ON calendar USING gin (holidays)",
    """CREATE TABLE holiday_calendar (
        key TEXT NOT NULL,
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        content JSONB NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT holiday_calendar_pkey PRIMARY KEY (key),
        CONSTRAINT holiday_calendar_number_key UNIQUE (number))""",
    """CREATE TABLE pipeline (
        key TEXT NOT NULL,
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        name TEXT NOT NULL,
        stages JSONB NOT NULL,
        terms JSONB DEFAULT '{}' NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pipeline_pkey PRIMARY KEY (key),
        CONSTRAINT pipeline_number_key UNIQUE (number))""",
    """CREATE TABLE pipeline_version (
        pipeline TEXT NOT NULL,
        version INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        content JSONB NOT NULL,
        CONSTRAINT pipeline_version_pkey PRIMARY KEY (pipeline, version))""",
    """CREATE TABLE pool (
        key TEXT NOT NULL,
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        name TEXT NOT NULL,
        position INTEGER NOT NULL,
        rules JSONB NOT NULL,
        policy JSONB NOT NULL,
        supervisor_ids UUID[] DEFAULT '{}' NOT NULL,
        shadow_policy JSONB,
        shadow_since TIMESTAMP WITH TIME ZONE,
        shadow_after UUID,
        version INTEGER DEFAULT '1' NOT NULL,
        reweigh_below BIGINT,
        CONSTRAINT pool_pkey PRIMARY KEY (key),
        CONSTRAINT pool_number_key UNIQUE (number))""",
    """CREATE TABLE pool_version (
        pool TEXT NOT NULL,
        version INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        content JSONB NOT NULL,
        CONSTRAINT pool_version_pkey PRIMARY KEY (pool, version))""",
    """CREATE TABLE decision (
        decision_id UUID NOT NULL,
        batch_id UUID NOT NULL,
        place INTEGER NOT NULL,
        lead_id UUID NOT NULL,
        inputs JSON NOT NULL,
        manager_id UUID,
        round INTEGER NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT decision_pkey PRIMARY KEY (decision_id),
        CONSTRAINT decision_batch_id_place_key UNIQUE (batch_id, place))""",
    "CREATE INDEX decision_lead ON decision (lead_id, decision_id)",
    f"""CREATE TABLE lead (
        lead_id UUID NOT NULL,
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        contact_id UUID NOT NULL,
        canonical_id UUID NOT NULL,
        pipeline TEXT NOT NULL,
        pool TEXT NOT NULL,
        stage TEXT NOT NULL,
        state TEXT DEFAULT 'open' NOT NULL,
        merged BOOLEAN GENERATED ALWAYS AS (state = 'merged') STORED NOT NULL,
        merged_into UUID,
        owner_id UUID,
        epoch INTEGER DEFAULT '0' NOT NULL,
        round INTEGER DEFAULT '1' NOT NULL,
        version BIGINT DEFAULT '1' NOT NULL,
        accepted_at TIMESTAMP WITH TIME ZONE,
        priority_class TEXT NOT NULL,
        priority_rank SMALLINT NOT NULL,
        units_milli BIGINT NOT NULL,
        full_units_milli BIGINT NOT NULL,
        channel TEXT NOT NULL,
        source_id UUID NOT NULL,
        language TEXT,
        region TEXT,
        product TEXT,
        expected_amount NUMERIC(18, 4),
        expected_currency TEXT,
        facts JSONB DEFAULT '{{}}' NOT NULL,
        is_test BOOLEAN NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        queue_at TIMESTAMP WITH TIME ZONE NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        unowned_since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        pipeline_version INTEGER DEFAULT '1' NOT NULL,
        stage_since TIMESTAMP WITH TIME ZONE NOT NULL,
        last_touch_at TIMESTAMP WITH TIME ZONE,
        next_action TEXT,
        next_action_at TIMESTAMP WITH TIME ZONE,
        rot_seconds INTEGER,
        rots_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS ({ROTS_AT}) STORED,
        hops INTEGER DEFAULT '0' NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        amount NUMERIC(18, 4),
        currency TEXT,
        loss_reason TEXT,
        parked_reason TEXT,
        CONSTRAINT lead_pkey PRIMARY KEY (lead_id),
        CONSTRAINT lead_lead_id_merged_key UNIQUE (lead_id, merged),
        CONSTRAINT lead_state_check CHECK (state IN ('open', 'won', 'lost', 'merged')),
        CONSTRAINT lead_merged_into_check CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
        CONSTRAINT lead_closed_check CHECK ((state = 'open') = (closed_at IS NULL)),
        CONSTRAINT lead_owned_check
            CHECK (owner_id IS NOT NULL OR accepted_at IS NULL OR state <> 'open'),
        CONSTRAINT lead_units_check CHECK (units_milli > 0),
        CONSTRAINT lead_number_key UNIQUE (number),
        CONSTRAINT lead_pool_fkey FOREIGN KEY(pool) REFERENCES pool (key))""",
    "CREATE INDEX lead_contact ON lead (contact_id)",
    """CREATE UNIQUE INDEX lead_one_waiting ON lead (canonical_id, pipeline, is_test)
        WHERE state = 'open' AND accepted_at IS NULL""",
    "CREATE INDEX lead_open_of_contact ON lead (canonical_id) WHERE state = 'open'",
    """CREATE INDEX lead_won_of_contact ON lead (canonical_id, closed_at, number)
        WHERE state = 'won'""",
    "CREATE INDEX lead_merged ON lead (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX lead_owner ON lead (owner_id, number)",
    "CREATE INDEX lead_pool ON lead (pool, number)",
    "CREATE INDEX lead_received ON lead (received_at, number)",
    "CREATE INDEX lead_open ON lead (number) WHERE num_nonnulls(closed_at) = 0",
    "CREATE INDEX lead_owner_open ON lead (owner_id, number) WHERE num_nonnulls(closed_at) = 0",
    "CREATE INDEX lead_pipeline ON lead (pipeline, stage, number)",
    "CREATE INDEX lead_source ON lead (source_id, number)",
    "CREATE INDEX lead_region ON lead (region, number) WHERE region IS NOT NULL",
    "CREATE INDEX lead_product ON lead (product, number) WHERE product IS NOT NULL",
    """CREATE INDEX lead_amount ON lead (COALESCE(amount, expected_amount), number)
        WHERE COALESCE(amount, expected_amount) IS NOT NULL""",
    "CREATE INDEX lead_priority ON lead (priority_rank, number) WHERE num_nonnulls(closed_at) = 0",
    """CREATE INDEX lead_queue ON lead (queue_at, number)
        WHERE num_nonnulls(closed_at) = 0 AND owner_id IS NULL""",
    """CREATE INDEX lead_next_action ON lead (next_action_at, number)
        WHERE num_nonnulls(closed_at) = 0 AND next_action_at IS NOT NULL""",
    """CREATE INDEX lead_rots ON lead (rots_at, number)
        WHERE num_nonnulls(closed_at) = 0 AND rots_at IS NOT NULL""",
    f"CREATE INDEX lead_waiting ON lead (pool, queue_at, number) WHERE {WAITS}",
    f"""CREATE INDEX lead_waiting_news ON lead (pool, queue_at, number)
        WHERE {WAITS} AND parked_reason IS NULL""",
    f"CREATE INDEX lead_waiting_units ON lead (pool, units_milli) WHERE {WAITS}",
    """CREATE INDEX lead_escalated ON lead (pool, queue_at, number)
        WHERE state = 'open' AND owner_id IS NULL AND parked_reason = 'escalated'""",
    """CREATE INDEX lead_unowned ON lead (pool, unowned_since, parked_reason)
        WHERE state = 'open' AND owner_id IS NULL""",
    """CREATE TABLE lead_stage (
        lead_id UUID NOT NULL,
        version BIGINT NOT NULL,
        stage TEXT NOT NULL,
        from_stage TEXT NOT NULL,
        state TEXT NOT NULL,
        pipeline_version INTEGER NOT NULL,
        facts TEXT[] NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        manager_id UUID,
        CONSTRAINT lead_stage_pkey PRIMARY KEY (lead_id, version))""",
    """CREATE TABLE pool_member (
        pool TEXT NOT NULL,
        manager_id UUID NOT NULL,
        CONSTRAINT pool_member_pkey PRIMARY KEY (pool, manager_id),
        CONSTRAINT pool_member_pool_fkey FOREIGN KEY(pool)
            REFERENCES pool (key) ON DELETE CASCADE)""",
    "CREATE INDEX pool_member_manager ON pool_member (manager_id)",
    """CREATE TABLE assignment (
        lead_id UUID NOT NULL,
        epoch INTEGER NOT NULL,
        manager_id UUID NOT NULL,
        round INTEGER NOT NULL,
        units_milli BIGINT NOT NULL,
        units_due_at TIMESTAMP WITH TIME ZONE,
        tier TEXT DEFAULT 'shift' NOT NULL,
        assigned_at TIMESTAMP WITH TIME ZONE NOT NULL,
        accept_by TIMESTAMP WITH TIME ZONE NOT NULL,
        first_touch_by TIMESTAMP WITH TIME ZONE NOT NULL,
        accepted_at TIMESTAMP WITH TIME ZONE,
        touched_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        outcome TEXT,
        CONSTRAINT assignment_pkey PRIMARY KEY (lead_id, epoch),
        CONSTRAINT assignment_ended_check CHECK ((ended_at IS NULL) = (outcome IS NULL)))""",
    """CREATE INDEX assignment_accept_due ON assignment (accept_by, lead_id)
        WHERE ended_at IS NULL AND accepted_at IS NULL""",
    "CREATE UNIQUE INDEX assignment_live ON assignment (lead_id) WHERE ended_at IS NULL",
    """CREATE INDEX assignment_units_due ON assignment (units_due_at, lead_id)
        WHERE ended_at IS NULL AND units_due_at IS NOT NULL""",
    """CREATE INDEX assignment_unaccepted ON assignment (manager_id, lead_id)
        WHERE ended_at IS NULL AND accepted_at IS NULL""",
    "CREATE INDEX assignment_assigned ON assignment USING brin (assigned_at)",
    "CREATE INDEX assignment_received ON assignment (manager_id, assigned_at)",
    "CREATE INDEX assignment_manager ON assignment (manager_id, lead_id) WHERE ended_at IS NULL",
    """CREATE INDEX assignment_touch_due ON assignment (first_touch_by, lead_id)
        WHERE ended_at IS NULL AND touched_at IS NULL""",
    """CREATE TABLE lead_inquiry (
        inquiry_id UUID NOT NULL,
        lead_id UUID NOT NULL,
        merged BOOLEAN DEFAULT false NOT NULL,
        contact_id UUID NOT NULL,
        source_id UUID NOT NULL,
        channel TEXT NOT NULL,
        priority_class TEXT NOT NULL,
        language TEXT,
        is_test BOOLEAN NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        attached_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT lead_inquiry_pkey PRIMARY KEY (inquiry_id),
        CONSTRAINT lead_inquiry_unmerged_check CHECK (NOT merged),
        CONSTRAINT lead_inquiry_lead_id_merged_fkey FOREIGN KEY(lead_id, merged)
            REFERENCES lead (lead_id, merged))""",
    "CREATE INDEX lead_inquiry_lead ON lead_inquiry (lead_id)",
    "CREATE INDEX lead_inquiry_received ON lead_inquiry (received_at)",
    """CREATE TABLE shadow_decision (
        decision_id UUID NOT NULL,
        lead_id UUID NOT NULL,
        pool TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        live_owner_id UUID,
        shadow_owner_id UUID,
        live_units_milli BIGINT NOT NULL,
        shadow_units_milli BIGINT NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT shadow_decision_pkey PRIMARY KEY (decision_id))""",
    "CREATE INDEX shadow_decision_pool ON shadow_decision (pool, at)",
    "CREATE INDEX shadow_decision_at ON shadow_decision (at)",
    """CREATE TABLE passed_over (
        lead_id UUID NOT NULL,
        round INTEGER NOT NULL,
        manager_id UUID NOT NULL,
        CONSTRAINT passed_over_pkey PRIMARY KEY (lead_id, round, manager_id))""",
    """CREATE TABLE departure (
        departure_id UUID NOT NULL,
        manager_id UUID NOT NULL,
        destination TEXT NOT NULL,
        successor_id UUID,
        reason TEXT,
        actor TEXT NOT NULL,
        state TEXT NOT NULL,
        pools TEXT[] NOT NULL,
        supervises TEXT[] NOT NULL,
        leads INTEGER NOT NULL,
        moved INTEGER DEFAULT '0' NOT NULL,
        merged INTEGER DEFAULT '0' NOT NULL,
        without_room INTEGER DEFAULT '0' NOT NULL,
        given_back INTEGER DEFAULT '0' NOT NULL,
        kept INTEGER DEFAULT '0' NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        undone_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT departure_pkey PRIMARY KEY (departure_id),
        CONSTRAINT departure_state_check
            CHECK (state IN ('moving', 'moved', 'cancelled', 'giving_back', 'given_back')),
        CONSTRAINT departure_successor_check
            CHECK ((destination = 'successor') = (successor_id IS NOT NULL)))""",
    "CREATE INDEX departure_manager ON departure (manager_id, departure_id)",
    """CREATE INDEX departure_running ON departure (departure_id)
        WHERE state IN ('moving', 'giving_back')""",
    """CREATE TABLE departure_lead (
        departure_id UUID NOT NULL,
        lead_id UUID NOT NULL,
        epoch INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        version BIGINT NOT NULL,
        outcome TEXT,
        CONSTRAINT departure_lead_pkey PRIMARY KEY (departure_id, lead_id))""",
)
BEGINNING = (
    """INSERT INTO pipeline (key, name, stages)
    VALUES ('default', 'Sales', '["new", "in_work", "offer", "negotiation", "contract"]')""",
    """INSERT INTO holiday_calendar (key, content)
    VALUES ('ru', '{"name": "Россия", "country": "RU", "subdivision": null, "days": {},
        "worked_as": {}, "omitted": []}')""",
    """INSERT INTO pool (key, name, position, rules, policy)
    VALUES ('default', 'Everyone', 1000000, '[]', '{}')""",
    """INSERT INTO pool_version (pool, version, at, actor, content)
    SELECT key, version, now(), 'system', jsonb_build_object('key', key, 'name', name,
        'position', position, 'rules', rules, 'policy', policy, 'manager_ids', '[]'::jsonb,
        'supervisor_ids', '[]'::jsonb)
    FROM pool""",
    """INSERT INTO pipeline_version (pipeline, version, at, actor, content)
    SELECT key, version, now(), 'system', jsonb_build_object('key', key, 'name', name,
        'stages', stages, 'terms', terms)
    FROM pipeline""",
)

MARKS = (
    Marking(
        "lead_inquiry",
        ledger="inquiries",
        moment="received_at",
        rows=(update_of("inquiry_id", "lead_id", "received_at"),),
    ),
)
# A lead that is merged, or no longer, counts for its inquiries, or no longer.
MARK_INQUIRIES = (
    """CREATE FUNCTION mark_inquiries_of_lead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO reconciliation_mark (ledger, minute)
        SELECT DISTINCT 'inquiries', date_trunc('minute', received_at, 'UTC')
        FROM lead_inquiry WHERE lead_id = NEW.lead_id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER mark_inquiries_of_lead AFTER UPDATE ON lead FOR EACH ROW
        WHEN ((OLD.state = 'merged') <> (NEW.state = 'merged'))
        EXECUTE FUNCTION mark_inquiries_of_lead()""",
)


def upgrade() -> None:
    for statement in (
        *MESSAGING_V1,
        *READ_AUDIT_V1,
        *OWN_TABLES,
        *WEBHOOK_TABLES,
        FORGET_ALL,
        *(statement for marking in MARKS for statement in marking.ddl()),
        *MARK_INQUIRIES,
        *BEGINNING,
    ):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("data are never migrated backwards: restore a backup instead")
