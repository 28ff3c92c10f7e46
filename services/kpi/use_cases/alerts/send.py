"""Sends what is to be told, by mail and by signed webhooks, and tries again for a day.

A try is noted after it was made: after a death in between it is made once more.
"""

from datetime import datetime
from functools import partial

from services.kpi.domain.alerts.wording import Telling
from services.kpi.repository.alerts import alerts
from services.kpi.repository.alerts.alerts import AlertDelivery
from services.kpi.repository.deliveries import deliveries, recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.use_cases.alerts.rules import ALERTS
from services.kpi.use_cases.deliveries.recipients import MAIL
from services.kpi.use_cases.deliveries.sending import (
    FORGOTTEN_AT_ONCE,
    NotSentError,
    Outcome,
    Sender,
    after_failure,
    new_mail,
    note,
    post,
    send_mail,
    waits_for_day,
)
from services.kpi.use_cases.deliveries.tries import AT_ONCE, Tries, try_for_ever
from shared.clock import Clock
from shared.database import Database, Session, reading
from shared.mailing import MailServer
from shared.runtime.loop import Loop, Progress
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient


def send_loop(database: Database, *, mail: MailServer | None, private: bool, clock: Clock) -> Loop:
    """Sends what is due, for ever; `private`: receivers may stand in the operator's own network."""

    async def run(progress: Progress) -> None:
        async with open_public_client(connections=AT_ONCE) as client:
            sender = Sender(database, ReceiverClient(client, private=private), mail, clock)
            await try_for_ever(tries_of(sender), progress)

    return Loop("tell", run)


def tries_of(sender: Sender) -> Tries[AlertDelivery]:
    """What is told of alerts, beside each other."""
    return Tries(sender, "tell", ALERTS, alerts.list_waiting, partial(_deliver, sender), _forget)


async def _forget(session: Session, before: datetime) -> None:
    await deliveries.forget(session, alerts.DELIVERIES, before=before, limit=FORGOTTEN_AT_ONCE)


async def _deliver(sender: Sender, item: AlertDelivery) -> None:
    async with reading(sender.database) as session:
        by_id = await recipients.find_recipients(session, [item.recipient_id])
    recipient, is_test = by_id.get(item.recipient_id), item.telling == Telling.TRIED
    if recipient is None or _is_needless(item) or not (recipient.active or is_test):
        outcome = Outcome("needless")
    elif not is_test and await waits_for_day(sender, alerts.DELIVERIES, item, recipient):
        return
    else:
        try:
            await _try(sender, item, recipient)
            outcome = Outcome("delivered")
        except NotSentError as error:
            outcome = after_failure(sender, item, error)
    await note(sender, "alert", alerts.DELIVERIES, item, outcome)


def _is_needless(item: AlertDelivery) -> bool:
    """What was over before the quiet hours were: nobody needs to hear that it began."""
    return item.is_resolved and item.attempts == 0 and item.telling == Telling.RAISED


async def _try(sender: Sender, item: AlertDelivery, recipient: Recipient) -> None:
    if item.way == MAIL:
        await send_mail(sender, recipient, new_mail(item.words, item.words), item)
        return
    message = {
        "type": f"alert.{item.telling}",
        "timestamp": item.made_at.isoformat(),
        "data": {**item.facts, "text": item.words},
    }
    await post(sender, recipient, message, item.delivery_id)
