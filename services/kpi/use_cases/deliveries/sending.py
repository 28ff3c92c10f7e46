"""Sends one message to one recipient, by mail or by a signed webhook, and says what comes of it.

A try is noted after it was made: after a death in between it is made once more, under the same id.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import structlog

from services.kpi.repository.deliveries import deliveries
from services.kpi.repository.deliveries.deliveries import Deliveries, Delivery
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.use_cases.deliveries.recipients import when_to_tell
from shared.clock import Clock
from shared.database import Database, transaction
from shared.mailing import MailError, MailServer
from shared.observability.metrics import metrics_of
from shared.web.public_client import FetchError
from shared.web.receiver_client import ReceiverClient
from shared.web.standard_webhooks import (
    MAX_ANSWER_BYTES,
    is_taken,
    pause,
    signature_headers,
    wish,
)

log = structlog.get_logger()
Kind = Literal["report", "alert"]
POLL_SECONDS: Final = 5.0
LOG_LASTS: Final = timedelta(days=90)
FORGOTTEN_AT_ONCE: Final = 1000
TRYING: Final = timedelta(days=1)  # what was to be told yesterday helps nobody
MOST_SUBJECT: Final = 150  # characters
LARGEST_POST_BYTES: Final = 5_000_000


class NotSentError(Exception):
    """A try that failed; `again`: it may go better later, after `wish` if the other side said so.
    `open_mails`: those who do not have it, where others have.
    """

    def __init__(
        self,
        reason: str,
        *,
        again: bool = True,
        wish: timedelta | None = None,
        open_mails: Sequence[str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.wish = wish
        self.open_mails = open_mails


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
    open_mails: Sequence[str] | None = None


def new_mail(subject: str, words: str) -> EmailMessage:
    """A mail that no answering machine answers."""
    message = EmailMessage()
    message["Subject"] = f"Leadflow: {' '.join(subject.split())[:MOST_SUBJECT]}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words)
    return message


async def send_mail(
    sender: Sender, recipient: Recipient, message: EmailMessage, item: Delivery
) -> None:
    """To whoever does not have it yet: some addresses may be refused while others are not. Raises
    NotSentError.
    """
    if sender.mail is None:
        raise NotSentError("no_mail_server", open_mails=item.open_mails)
    addresses = mails_left(recipient, item)
    message["Message-ID"] = f"<{item.delivery_id}@leadflow>"  # the same at each try
    message["Date"] = sender.clock()  # RFC 5322, section 3.6 asks for it
    try:
        refusals = await sender.mail.send(message, addresses) if addresses else []
    except MailError as error:
        raise NotSentError(error.reason, again=error.again, open_mails=item.open_mails) from None
    if refusals:
        first = max(refusals, key=lambda refusal: refusal.again)
        is_partly_taken = len(refusals) < len(addresses) or item.open_mails is not None
        open_mails = [refusal.address for refusal in refusals] if is_partly_taken else None
        raise NotSentError(first.reason, again=first.again, open_mails=open_mails)


def mails_left(recipient: Recipient, item: Delivery) -> list[str]:
    """The recipient's addresses that do not have it yet, each once."""
    mails = dict.fromkeys(recipient.mails)
    return [each for each in mails if item.open_mails is None or each in item.open_mails]


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
        raise NotSentError(
            f"status_{answer.status}",
            again=may_be_asked_again(answer.status),
            wish=wish(answer.retry_after, now=sender.clock()),
        )


def may_be_asked_again(status: int) -> bool:
    """Whether a receiver has not said that it is gone, as Standard Webhooks understands it."""
    return status != HTTPStatus.GONE


def is_over(item: Delivery, *, now: datetime) -> bool:
    """Whether it has been tried long enough."""
    return now - item.first_due_at >= TRYING


def after_failure(sender: Sender, item: Delivery, error: NotSentError) -> Outcome:
    """Tried again after a growing pause, or given up."""
    now, open_mails = sender.clock(), error.open_mails
    if error.again and not is_over(item, now=now):
        wait = pause(item.attempts + 1, jitter=sender.jitter(), retry_after=error.wish)
        return Outcome("failed", now + wait, error.reason, open_mails)
    return Outcome("given_up", error=error.reason, open_mails=open_mails)


async def waits_for_day(
    sender: Sender, table: Deliveries, item: Delivery, recipient: Recipient
) -> bool:
    """Whether it is quiet now, however late it is tried; then it is tried when that ends."""
    until = when_to_tell(recipient, sender.clock())
    if until <= sender.clock():
        return False
    async with transaction(sender.database) as session:
        await deliveries.postpone(session, table, item, until)
    return True


async def note(
    sender: Sender, kind: Kind, table: Deliveries, item: Delivery, outcome: Outcome
) -> None:
    """Note what came of a try, where people and where operators look."""
    service = sender.database.service
    metrics_of(service).deliveries.labels(service, kind, item.way, outcome.name).inc()
    if outcome.error is not None:
        log.warning(
            "delivery.not_sent",
            kind=kind,
            name=item.way,
            delivery_id=str(item.delivery_id),
            recipient_id=str(item.recipient_id),
            reason=outcome.error,
            state=outcome.name,
            attempts=item.attempts + 1,
        )
    async with transaction(sender.database) as session:
        await deliveries.note(
            session,
            table,
            item,
            outcome=outcome.name,
            error=outcome.error,
            due_at=outcome.due_at,
            open_mails=outcome.open_mails,
            now=sender.clock(),
        )
