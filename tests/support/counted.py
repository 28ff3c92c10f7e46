"""A table that is counted by minutes as the services' are, but lets an inquiry stand twice."""

from shared.database import Session
from shared.messaging.schema import MESSAGING_V1
from shared.reconciliation.digests import Account, Ledger
from shared.reconciliation.schema import FORGET_ALL, Marking, update_of

COUNTED = Ledger(
    "inquiries",
    (
        Account(
            "inquiries",
            "SELECT inquiry_id FROM counted WHERE received_at >= {since} AND received_at < {until}",
        ),
    ),
)
MARKS = Marking(
    "counted",
    ledger="inquiries",
    moment="received_at",
    rows=(update_of("inquiry_id", "received_at"),),
)


async def make_counted(session: Session) -> None:
    for statement in (
        *MESSAGING_V1,
        "CREATE TABLE counted (inquiry_id uuid NOT NULL, received_at timestamptz NOT NULL)",
        "CREATE INDEX counted_received ON counted (received_at)",
        FORGET_ALL,
        *MARKS.ddl(),
    ):
        await session.execute(statement)
