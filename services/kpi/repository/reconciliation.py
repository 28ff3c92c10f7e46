"""What kpi counts for reconciliation: every inquiry."""

from shared.reconciliation.digests import Account, Ledger

INQUIRIES = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT inquiry_id FROM inquiry WHERE received_at >= {since} AND received_at < {until}",
        ),
    ),
)
