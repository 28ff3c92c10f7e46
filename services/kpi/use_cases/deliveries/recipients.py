"""Configures who is told."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from services.kpi.repository import digests
from services.kpi.repository.alerts import rules
from services.kpi.repository.deliveries import recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.use_cases.errors import (
    RecipientInUseError,
    TooManyRecipientsError,
    require_version,
)
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id
from shared.web.receiver_client import receiver_url
from shared.web.standard_webhooks import SECRET_BYTES, secret_text

MAX_RECIPIENTS = 100
MAIL, WEBHOOK = "mail", "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFields:
    """As it should be."""

    name: str
    mails: Sequence[str]
    url: str | None
    language: str
    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    quiet_weekends: bool
    active: bool


async def create_recipient(
    session: Session, fields: RecipientFields, *, private: bool, actor: str, now: datetime
) -> Recipient:
    """With a URL, a secret is made that signs what is sent there.

    Raises InvalidError, TooManyRecipientsError.
    """
    if await recipients.count_recipients(session) >= MAX_RECIPIENTS:
        raise TooManyRecipientsError(f"There are {MAX_RECIPIENTS} recipients already.")
    _check(fields, private=private)
    item = Recipient(
        recipient_id=new_id(),
        **_members(fields),
        secret=_new_secret() if fields.url else None,
        version=1,
        changed_at=now,
        changed_by=actor,
    )
    await recipients.add_recipient(session, item)
    return item


async def replace_recipient(
    session: Session,
    recipient_id: UUID,
    fields: RecipientFields,
    *,
    version: int,
    private: bool,
    actor: str,
    now: datetime,
) -> Recipient:
    """The secret stays while there is a URL.

    Raises InvalidError, NotFoundError, StaleVersionError.
    """
    row = await recipients.get_recipient(session, recipient_id, lock=True)
    require_version(row.version, version)
    _check(fields, private=private)
    secret = (row.secret or _new_secret()) if fields.url else None
    item = replace(
        row,
        **_members(fields),
        secret=secret,
        readable=row.readable or not fields.url,
        version=row.version + 1,
        changed_at=now,
        changed_by=actor,
    )
    await recipients.change_recipient(session, item)
    return item


async def delete_recipient(session: Session, recipient_id: UUID) -> None:
    """Raises NotFoundError, RecipientInUseError."""
    await recipients.get_recipient(session, recipient_id, lock=True)
    if rule := await rules.find_naming(session, recipient_id):
        raise RecipientInUseError(f"The rule «{rule}» names this recipient.")
    if report := await digests.find_naming(session, recipient_id):
        raise RecipientInUseError(f"The report «{report}» names this recipient.")
    await recipients.delete_recipient(session, recipient_id)


def ways_of(item: Recipient) -> Sequence[str]:
    """The ways by which somebody can be told."""
    return [way for way, exists in ((MAIL, bool(item.mails)), (WEBHOOK, bool(item.url))) if exists]


def when_to_tell(item: Recipient, now: datetime) -> datetime:
    """At once, or when the quiet hours end."""
    return item.quiet.ends_after(now)


def _members(fields: RecipientFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in RecipientFields.__slots__}


def _check(fields: RecipientFields, *, private: bool) -> None:
    errors = []
    if not fields.mails and fields.url is None:
        errors.append(("/mails", "give mails, a url, or both"))
    if (fields.quiet_from is None) != (fields.quiet_to is None):
        missing = "quiet_from" if fields.quiet_from is None else "quiet_to"
        errors.append((f"/{missing}", "quiet hours begin and end"))
    try:
        if fields.url is not None:
            receiver_url(fields.url, private=private)
    except ValueError as error:
        errors.append(("/url", str(error)))
    if errors:
        raise InvalidError("Nobody can be told so.", errors=errors)


def _new_secret() -> str:
    return secret_text(os.urandom(SECRET_BYTES))
