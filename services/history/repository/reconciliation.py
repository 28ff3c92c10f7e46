"""What history counts for reconciliation: the entry of every inquiry."""

from shared.reconciliation.digests import Account, Ledger

INQUIRIES = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT inquiry_id FROM timeline_entry WHERE kind = 'inquiry.received'"
            " AND learned_at >= {since} AND learned_at < {until}",
        ),
    ),
)
