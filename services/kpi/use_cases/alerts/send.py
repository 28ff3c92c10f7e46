"""Sends what is to be told, by mail and by signed webhooks, and tries again for a day.

A try is noted after it was made: after a death in between it is made once more.
"""

import asyncio
from typing import Final

import structlog

from services.kpi.domain.alerts.wording import Telling
from services.kpi.repository.alerts import alerts
from services.kpi.repository.alerts.alerts import AlertDelivery
from services.kpi.repository.deliveries import deliveries, recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.use_cases.alerts.rules import ALERTS
from services.kpi.use_cases.deliveries.recipients import MAIL
from services.kpi.use_cases.deliveries.sending import (
    FORGOTTEN_AT_ONCE,
    LOG_LASTS,
    POLL_SECONDS,
    NotSentError,
    Outcome,
    Sender,
    after_failure,
    new_mail,
    note,
    post,
    send_mail,
)
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.mailing import MailServer
from shared.runtime.loop import Loop, Progress
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient

log = structlog.get_logger()
AT_ONCE: Final = 8
CONNECTIONS: Final = 16


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
            await deliveries.forget(
                session, alerts.DELIVERIES, before=before, limit=FORGOTTEN_AT_ONCE
            )
    return len(due) == AT_ONCE


async def _deliver(sender: Sender, item: AlertDelivery, recipient: Recipient | None) -> None:
    if recipient is None or _is_needless(item):
        outcome = Outcome("needless")
    else:
        try:
            await _try(sender, item, recipient)
            outcome = Outcome("delivered")
        except NotSentError as error:
            outcome = after_failure(sender, item, error)
    await _note(sender, item, outcome)


def _is_needless(item: AlertDelivery) -> bool:
    """What was over before the quiet hours were: nobody needs to hear that it began."""
    return item.is_resolved and item.attempts == 0 and item.telling == Telling.RAISED


async def _try(sender: Sender, item: AlertDelivery, recipient: Recipient) -> None:
    if item.way == MAIL:
        await send_mail(sender, recipient, new_mail(item.words, item.words), item.delivery_id)
        return
    message = {
        "type": f"alert.{item.telling}",
        "timestamp": item.made_at.isoformat(),
        "data": {**item.facts, "text": item.words},
    }
    await post(sender, recipient, message, item.delivery_id)


async def _note(sender: Sender, item: AlertDelivery, outcome: Outcome) -> None:
    if outcome.name == "given_up":
        log.warning("alert.not_told", reason=outcome.error, kind=item.way)
    await note(sender, alerts.DELIVERIES, item, outcome)
