"""What the server is told about tables when they have been made or changed.

An empty table is not analysed: for one that never was, the server plans as if it held a few pages,
and such a plan, once kept, stays good when the table grows.
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
