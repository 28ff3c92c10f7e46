"""The tables of managers' load, as the first migration makes them."""

LOAD = (
    """CREATE TABLE held_change (
        manager_id uuid NOT NULL, at timestamptz NOT NULL, known_on date NOT NULL,
        begun integer NOT NULL, ended integer NOT NULL, units bigint NOT NULL,
        PRIMARY KEY (manager_id, at, known_on) INCLUDE (begun, ended, units))
        WITH (autovacuum_vacuum_insert_scale_factor = 0.01)""",
    "CREATE INDEX held_change_known ON held_change USING brin (known_on) WITH (autosummarize = on)",
    """CREATE TABLE held_week (
        manager_id uuid NOT NULL, week date NOT NULL, known_week date NOT NULL,
        leads integer NOT NULL, units bigint NOT NULL,
        PRIMARY KEY (manager_id, week, known_week))""",
    "CREATE INDEX manager_status_since ON manager_status (manager_id, changed_at)",
)
