"""The questions by which services compare where inquiries are counted; the routes are in web/.

Their law: an inquiry that is counted twice shows twice; digests do not depend on order.
"""

# The sum of the hashes, not their exclusive or: a pair of doubles must not cancel itself out.
_BUCKETS = """
SELECT date_trunc(:step, received_at, 'UTC') AS minute, count(*) AS count,
    mod(sum(uuid_hash_extended(inquiry_id, 0)), 18446744073709551616)::text AS digest
FROM ({relation}) AS counted
WHERE received_at >= :since AND received_at < :until
GROUP BY 1 ORDER BY 1
"""
_IDS = """
SELECT inquiry_id, count(*) AS times FROM ({relation}) AS counted
WHERE received_at >= :minute AND received_at < :minute + interval '1 minute'
GROUP BY 1 ORDER BY 1
"""


def buckets_query(relation_sql: str) -> str:
    """Counts and digests of a relation; takes :step (minute, hour, day), :since and :until."""
    return _BUCKETS.format(relation=relation_sql)


def ids_query(relation_sql: str) -> str:
    """The ids of one minute with how often each is counted; takes :minute."""
    return _IDS.format(relation=relation_sql)
