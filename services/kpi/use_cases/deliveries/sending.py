"""Sends one message to one recipient, by mail or by a signed webhook, and says what comes of it.

A try is noted after it was made: after a death in between it is made once more, under the same id.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.repository.deliveries import deliveries
from services.kpi.repository.deliveries.deliveries import Deliveries, Delivery
from services.kpi.repository.deliveries.recipients import Recipient
from shared.clock import Clock
from shared.database import Database, transaction
from shared.mailing import MailError, MailServer
from shared.web.public_client import FetchError
from shared.web.receiver_client import ReceiverClient
from shared.web.standard_webhooks import MAX_ANSWER_BYTES, is_taken, pause, signature_headers

POLL_SECONDS: Final = 5.0
LOG_LASTS: Final = timedelta(days=90)
FORGOTTEN_AT_ONCE: Final = 1000
TRYING: Final = timedelta(days=1)  # what was to be told yesterday helps nobody
MOST_SUBJECT: Final = 150  # characters
LARGEST_POST_BYTES: Final = 5_000_000


class NotSentError(Exception):
    """A try that failed; `again`: it may go better later."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


@dataclass(eq=False)
class Sender:
    """`mail` is None where no server is configured; `jitter` is from 0 to 1."""

    database: Database
    receivers: ReceiverClient
    mail: MailServer | None
    clock: Clock
    jitter: Callable[[], float] = field(default=random.random)


class Outcome(NamedTuple):
    """What came of a try, and when it is tried again, if it is."""

    name: str
    due_at: datetime | None = None
    error: str | None = None


def new_mail(subject: str, words: str) -> EmailMessage:
    """A mail that no answering machine answers."""
    message = EmailMessage()
    message["Subject"] = f"Leadflow: {' '.join(subject.split())[:MOST_SUBJECT]}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words)
    return message


async def send_mail(
    sender: Sender, recipient: Recipient, message: EmailMessage, delivery_id: UUID
) -> None:
    """Raises NotSentError."""
    if sender.mail is None:
        raise NotSentError("no_mail_server")
    message["To"] = ", ".join(recipient.mails)
    message["Message-ID"] = f"<{delivery_id}@leadflow>"  # the same at each try
    message["Date"] = sender.clock()  # RFC 5322, section 3.6 asks for it
    try:
        await sender.mail.send(message)
    except MailError as error:
        raise NotSentError(error.reason, again=error.again) from None


async def post(
    sender: Sender,
    recipient: Recipient,
    message: dict[str, Any],
    delivery_id: UUID,
) -> None:
    """Raises NotSentError."""
    if recipient.url is None or recipient.secret is None:
        raise NotSentError("no_receiver", again=False)
    body = json.dumps(message, ensure_ascii=False).encode()
    if len(body) > LARGEST_POST_BYTES:
        raise NotSentError("too_large", again=False)
    headers = {
        "content-type": "application/json",
        "user-agent": "Leadflow",
        **signature_headers(str(delivery_id), body, [recipient.secret], now=sender.clock()),
    }
    try:
        answer = await sender.receivers.post(
            recipient.url, content=body, headers=headers, most=MAX_ANSWER_BYTES
        )
    except FetchError as error:
        raise NotSentError(error.reason) from None
    if not is_taken(answer.status):
        raise NotSentError(f"status_{answer.status}")


def is_over(item: Delivery, *, now: datetime) -> bool:
    """Whether it has been tried long enough."""
    return now - item.first_due_at >= TRYING


def after_failure(sender: Sender, item: Delivery, error: NotSentError) -> Outcome:
    """Tried again after a growing pause, or given up."""
    now = sender.clock()
    if error.again and not is_over(item, now=now):
        wait = pause(item.attempts + 1, jitter=sender.jitter(), retry_after=None)
        return Outcome("failed", now + wait, error.reason)
    return Outcome("given_up", error=error.reason)


async def note(sender: Sender, table: Deliveries, item: Delivery, outcome: Outcome) -> None:
    """Note what came of a try."""
    async with transaction(sender.database) as session:
        await deliveries.note(
            session,
            table,
            item,
            outcome=outcome.name,
            error=outcome.error,
            due_at=outcome.due_at,
            now=sender.clock(),
        )
