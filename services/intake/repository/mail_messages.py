"""The ids of mails that became inquiries, whatever their source."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain.threads import ThreadMail
from shared.database import Session

_FIND = """
SELECT message_digest, inquiry_id, contact_id, customers, people FROM mail_message
WHERE message_digest = ANY(CAST(:digests AS bytea[]))
"""
# The first mail of an id keeps it: a second one with the same id may be anybody's.
_ADD = """
INSERT INTO mail_message
    (message_digest, inquiry_id, contact_id, customers, people, received_at)
SELECT message_digest, inquiry_id, contact_id, string_to_array(customers, ' '),
    string_to_array(people, ' '), received_at
FROM unnest(CAST(:digests AS bytea[]), CAST(:inquiries AS uuid[]), CAST(:contacts AS uuid[]),
    CAST(:customers AS text[]), CAST(:people AS text[]), CAST(:times AS timestamptz[]))
    AS n(message_digest, inquiry_id, contact_id, customers, people, received_at)
ORDER BY message_digest
ON CONFLICT DO NOTHING
"""

# The digest of a mail's id, the mail, and when it was received.
NewMessage = tuple[bytes, ThreadMail, datetime]


async def find_messages(session: Session, digests: Sequence[bytes]) -> dict[bytes, ThreadMail]:
    rows = await session.execute(_FIND, {"digests": list(digests)})
    return {
        bytes(row.message_digest): ThreadMail(
            row.inquiry_id, row.contact_id, frozenset(row.customers), frozenset(row.people)
        )
        for row in rows
    }


async def add_messages(session: Session, messages: Sequence[NewMessage]) -> None:
    await session.execute(
        _ADD,
        {
            "digests": [digest for digest, _, _ in messages],
            "inquiries": [mail.inquiry_id for _, mail, _ in messages],
            "contacts": [mail.contact_id for _, mail, _ in messages],
            "customers": [" ".join(sorted(mail.customers)) for _, mail, _ in messages],
            "people": [" ".join(sorted(mail.people)) for _, mail, _ in messages],
            "times": [received_at for _, _, received_at in messages],
        },
    )
