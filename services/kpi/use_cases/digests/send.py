"""Sends reports, and tries again for a day. Figures are read when they are sent, of the days that
the due time tells, so that nothing of them is kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from services.kpi.domain.alerts.wording import day_said
from services.kpi.repository import digests
from services.kpi.repository.deliveries import deliveries, recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.repository.digests import Report, ReportDelivery
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
from services.kpi.use_cases.digests.files import File, files_of
from services.kpi.use_cases.digests.page import page, plain
from services.kpi.use_cases.digests.parts import Occasion, Part, Reader
from services.kpi.use_cases.digests.reports import DIGESTS, zone_of
from services.kpi.use_cases.digests.runs import make_due, realign
from shared.clock import Clock
from shared.database import Database, Session, reading
from shared.errors import BusyError, ServiceError, UnavailableError
from shared.mailing import MailServer
from shared.runtime.loop import Loop, Progress
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient

LARGEST_MAIL_BYTES: Final = 10_000_000  # of files: most servers take no larger mail


@dataclass(eq=False)
class Desk:
    """`zone` is the company's; `read` reads the parts of a report, `reading` is held meanwhile: one
    whole report is read after the other.
    """

    sender: Sender
    zone: ZoneInfo
    read: Reader
    country: str | None = None
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    tries: Tries[ReportDelivery] = field(init=False)

    def __post_init__(self) -> None:
        deliver = partial(_deliver, self)
        self.tries = Tries(self.sender, "digests", DIGESTS, digests.list_waiting, deliver, _forget)


def digest_loop(
    database: Database,
    zone: ZoneInfo,
    read: Reader,
    *,
    mail: MailServer | None,
    private: bool,
    country: str,
    clock: Clock,
) -> Loop:
    """Makes the reports that are due, and sends them, for ever; `private`: receivers may stand in
    the operator's own network.
    """

    async def run(progress: Progress) -> None:
        async with open_public_client(connections=AT_ONCE) as client:
            sender = Sender(database, ReceiverClient(client, private=private), mail, clock)
            await send_for_ever(Desk(sender, zone, read, country), progress)

    return Loop("digests", run)


async def send_for_ever(desk: Desk, progress: Progress) -> NoReturn:
    """Raises UnavailableError; what is under way is cut off then and tried again."""
    await realign(desk.sender.database, desk.zone, now=desk.sender.clock())

    async def make() -> None:
        await make_due(desk.sender.database, desk.zone, now=desk.sender.clock())

    await try_for_ever(desk.tries, progress, make)


async def _forget(session: Session, before: datetime) -> None:
    await deliveries.forget(session, digests.DELIVERIES, before=before, limit=FORGOTTEN_AT_ONCE)
    await digests.forget_runs(session, before=before, limit=FORGOTTEN_AT_ONCE)


async def _deliver(desk: Desk, item: ReportDelivery) -> None:
    outcome = Outcome("delivered")
    try:
        async with reading(desk.sender.database) as session:
            report = await digests.get_report(session, item.report_id)
            recipient = await recipients.get_recipient(session, item.recipient_id)
        if not recipient.active:
            outcome = Outcome("needless")
        elif item.is_scheduled and await waits_for_day(
            desk.sender, digests.DELIVERIES, item, recipient
        ):
            return
        else:
            await _try(desk, report, item, recipient)
    except NotSentError as error:
        outcome = after_failure(desk.sender, item, error)
    except (BusyError, UnavailableError):
        outcome = after_failure(desk.sender, item, NotSentError("busy"))
    except ServiceError as error:  # what it shows is not there any more, or too large
        reason = NotSentError(f"report_{error.kind}", again=False)
        outcome = after_failure(desk.sender, item, reason)
    await note(desk.sender, "report", digests.DELIVERIES, item, outcome)


async def _try(desk: Desk, report: Report, item: ReportDelivery, recipient: Recipient) -> None:
    zone = zone_of(report, desk.zone)
    now = desk.sender.clock()
    occasion = Occasion(item.run_due_at, zone, recipient.language, now, desk.zone, desk.country)
    message: EmailMessage | None = None
    async with desk.reading:
        parts = await desk.read(desk.sender.database, report.sections, occasion)
        if item.way == MAIL:
            message = await asyncio.to_thread(mail_of, report, parts, occasion)
    if message is not None:
        await send_mail(desk.sender, recipient, message, item)
        return
    await post(desk.sender, recipient, post_of(report, item, parts), item.delivery_id)


def mail_of(report: Report, parts: Sequence[Part], occasion: Occasion) -> EmailMessage:
    """The report as a mail with its files. Raises NotSentError, ReportTooLargeError."""
    language, moment = occasion.language, made_at(occasion)
    files = list(files_of(parts, report.files, language))
    if sum(len(file.content) for file in files) > LARGEST_MAIL_BYTES:
        raise NotSentError("too_large", again=False)
    has_files = bool(files)
    words = plain(report.name, parts, language, moment=moment, has_files=has_files)
    message = new_mail(report.name, words)
    html = page(report.name, parts, language, moment=moment, has_files=has_files)
    message.add_alternative(html, subtype="html")
    for file in files:
        _attach(message, file)
    return message


def _attach(message: EmailMessage, file: File) -> None:
    main, _, sub = file.media_type.partition(";")[0].partition("/")
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)


def post_of(report: Report, item: ReportDelivery, parts: Sequence[Part]) -> dict[str, Any]:
    """The report as a webhook tells it: what each report's own address answers."""
    return {
        "type": "report.made",
        "timestamp": item.made_at.isoformat(),
        "data": {
            "report_id": str(report.report_id),
            "run_id": str(item.run_id),
            "name": report.name,
            "due_at": item.run_due_at.isoformat(),
            "sections": [
                {"report": part.report, "title": part.title, **part.data} for part in parts
            ],
        },
    }


def made_at(occasion: Occasion) -> str:
    """When it was made, by the report's clock."""
    moment: datetime = occasion.now.astimezone(occasion.zone)
    return f"{day_said(moment, occasion.language)} {moment:%H:%M} ({occasion.zone.key})"
