"""What routing counts: inquiries in unmerged leads, for comparing; leads that ended, for gauges."""

from shared.reconciliation.digests import Account, Ledger

INQUIRIES = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT i.inquiry_id FROM lead_inquiries AS i JOIN leads AS l ON l.lead_id = i.lead_id"
            " WHERE l.state <> 'merged' AND i.received_at >= {since} AND i.received_at < {until}",
        ),
    ),
)
ENDED = ("won", "lost", "merged")
LEADS = Ledger(
    "leads",
    tuple(
        Account(
            state,
            f"SELECT lead_id FROM leads WHERE state = '{state}'"
            " AND received_at >= {since} AND received_at < {until}",
        )
        for state in ENDED
    ),
)
