"""What routing counts for reconciliation: inquiries in unmerged leads."""

from shared.reconciliation.digests import Account, Ledger

INQUIRIES = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT i.inquiry_id FROM lead_inquiry AS i JOIN lead AS l ON l.lead_id = i.lead_id"
            " WHERE l.state <> 'merged' AND i.received_at >= {since} AND i.received_at < {until}",
        ),
    ),
)
