"""The tables of managers' load, as the first migration makes them."""

LOAD = (
    """CREATE TABLE held_change (
        manager_id uuid NOT NULL, at timestamptz NOT NULL, known_on date NOT NULL,
        begun integer NOT NULL, ended integer NOT NULL, units bigint NOT NULL,
        PRIMARY KEY (manager_id, at, known_on) INCLUDE (begun, ended, units))
        WITH (autovacuum_vacuum_insert_scale_factor = 0.01)""",
    "CREATE INDEX held_change_known ON held_change USING brin (known_on) WITH (autosummarize = on)",
    # What became known on a later day than it was: so much that load as known before lacks.
    """CREATE INDEX held_change_late ON held_change (known_on, at)
        WHERE known_on > CAST(at AT TIME ZONE 'UTC' AS date)""",
    """CREATE INDEX manager_status_late ON manager_status (known_at, changed_at)
        WHERE CAST(known_at AT TIME ZONE 'UTC' AS date)
            > CAST(changed_at AT TIME ZONE 'UTC' AS date)""",
    """CREATE TABLE held_week (
        manager_id uuid NOT NULL, week date NOT NULL, known_week date NOT NULL,
        leads integer NOT NULL, units bigint NOT NULL,
        PRIMARY KEY (manager_id, week, known_week))""",
    "CREATE INDEX manager_status_since ON manager_status (manager_id, changed_at)",
    """CREATE TABLE load_kept (
        span smallint NOT NULL, first_day date NOT NULL, PRIMARY KEY (span, first_day))""",
    """CREATE TABLE load_sum (
        span smallint NOT NULL, first_day date NOT NULL, manager_id uuid NOT NULL,
        peak integer NOT NULL, leads numeric NOT NULL, units numeric NOT NULL,
        capacity numeric NOT NULL, over_capacity bigint NOT NULL, present bigint NOT NULL,
        on_shift bigint NOT NULL, present_on_shift bigint NOT NULL, came bigint NOT NULL,
        went bigint NOT NULL, peaks bytea STORAGE MAIN,
        PRIMARY KEY (span, first_day, manager_id))""",
    # A row is short enough to lie whole in its table, where it is found at once.
    """CREATE TABLE load_part (
        day date NOT NULL, part smallint NOT NULL, manager_id uuid NOT NULL,
        sums bytea STORAGE EXTERNAL NOT NULL, PRIMARY KEY (day, part, manager_id))""",
)
