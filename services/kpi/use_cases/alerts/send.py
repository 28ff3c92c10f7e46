"""Sends what is to be told, by mail and by signed webhooks, and tries again for a day.

A try is noted after it was made: after a death in between it is made once more.
"""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final

import structlog

from services.kpi.domain.alerts.wording import Telling
from services.kpi.repository.alerts import alerts, recipients
from services.kpi.repository.alerts.alerts import Delivery
from services.kpi.repository.alerts.recipients import Recipient
from services.kpi.use_cases.alerts.deliveries import MAIL
from services.kpi.use_cases.alerts.rules import ALERTS
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.mailing import MailError, MailServer
from shared.runtime.loop import Loop, Progress
from shared.web.public_client import FetchError, open_public_client
from shared.web.receiver_client import ReceiverClient
from shared.web.standard_webhooks import MAX_ANSWER_BYTES, is_taken, pause, signature_headers

log = structlog.get_logger()
POLL_SECONDS: Final = 5.0
AT_ONCE: Final = 8
TRYING: Final = timedelta(days=1)  # an alert of yesterday helps nobody
LOG_LASTS: Final = timedelta(days=90)
FORGOTTEN_AT_ONCE: Final = 1000
CONNECTIONS: Final = 16
MOST_SUBJECT: Final = 150  # characters
_SUBJECTS: Final = {"ru": "Leadflow: {}", "en": "Leadflow: {}"}


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


def send_loop(database: Database, *, mail: MailServer | None, private: bool, clock: Clock) -> Loop:
    """Sends what is due, for ever; `private`: receivers may stand in the operator's own network."""

    async def run(progress: Progress) -> None:
        async with open_public_client(connections=CONNECTIONS) as client:
            sender = Sender(database, ReceiverClient(client, private=private), mail, clock)
            while True:
                progress.beat()
                if not await send_due(sender):
                    await database.wakeup.wait(ALERTS, seconds=POLL_SECONDS)

    return Loop("tell", run)


async def send_due(sender: Sender) -> bool:
    """Try what is due, some at once. Returns whether there may be more."""
    async with reading(sender.database) as session:
        due = await alerts.list_due(session, now=sender.clock(), limit=AT_ONCE)
        ids = {item.recipient_id for item in due}
        by_id = await recipients.find_recipients(session, ids)
    await asyncio.gather(*(_deliver(sender, item, by_id.get(item.recipient_id)) for item in due))
    if not due:
        async with transaction(sender.database) as session:
            before = sender.clock() - LOG_LASTS
            await alerts.forget_deliveries(session, before=before, limit=FORGOTTEN_AT_ONCE)
    return len(due) == AT_ONCE


async def _deliver(sender: Sender, item: Delivery, recipient: Recipient | None) -> None:
    error: NotSentError | None = None
    outcome = "delivered"
    if recipient is None or _is_needless(item):
        outcome = "needless"
    else:
        try:
            await _try(sender, item, recipient)
        except NotSentError as failure:
            error, outcome = failure, "failed"
    await _note(sender, item, outcome, error)


def _is_needless(item: Delivery) -> bool:
    """What was over before the quiet hours were: nobody needs to hear that it began."""
    return item.is_resolved and item.attempts == 0 and item.telling == Telling.RAISED


async def _try(sender: Sender, item: Delivery, recipient: Recipient) -> None:
    if item.way == MAIL:
        await _mail(sender, item, recipient)
    else:
        await _post(sender, item, recipient)


async def _mail(sender: Sender, item: Delivery, recipient: Recipient) -> None:
    if sender.mail is None:
        raise NotSentError("no_mail_server")
    message = EmailMessage()
    message["To"] = ", ".join(recipient.mails)
    message["Subject"] = _SUBJECTS[recipient.language].format(item.words[:MOST_SUBJECT])
    message["Message-ID"] = f"<{item.delivery_id}@leadflow>"  # the same at each try
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(item.words)
    try:
        await sender.mail.send(message)
    except MailError as error:
        raise NotSentError(error.reason, again=error.again) from None


async def _post(sender: Sender, item: Delivery, recipient: Recipient) -> None:
    if recipient.url is None or recipient.secret is None:
        raise NotSentError("no_receiver", again=False)
    now = sender.clock()
    message = {
        "type": f"alert.{item.telling}",
        "timestamp": item.made_at.isoformat(),
        "data": {**item.facts, "text": item.words},
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Leadflow",
        **signature_headers(str(item.delivery_id), body, [recipient.secret], now=now),
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


async def _note(sender: Sender, item: Delivery, outcome: str, error: NotSentError | None) -> None:
    now = sender.clock()
    due_at = None
    if error is not None:
        if error.again and not is_over(item, now=now):
            wait = pause(item.attempts + 1, jitter=sender.jitter(), retry_after=None)
            due_at = now + wait
        else:
            outcome = "given_up"
            log.warning("alert.not_told", reason=error.reason, kind=item.way)
    async with transaction(sender.database) as session:
        await alerts.note(
            session,
            item,
            outcome=outcome,
            error=error.reason if error else None,
            due_at=due_at,
            now=now,
        )
