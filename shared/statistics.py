"""The statement that gives the planner statistics after tables were made or filled.

Empty tables are left out: a table without statistics is planned as if it had a few pages, and such
a plan, which connections keep, stays good when the table grows.
"""

ANALYZE_FILLED = """
DO $$
DECLARE filled regclass;
BEGIN
    FOR filled IN
        SELECT oid FROM pg_class
        WHERE relnamespace = CAST('public' AS regnamespace) AND relkind = 'r'
            AND pg_relation_size(oid) > 0
    LOOP EXECUTE format('ANALYZE %s', filled); END LOOP;
END $$
"""
