"""Sets tags and fields on a person: defined ones only, and only by whoever saw the last change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.domain.labels import MAX_TAGS, UnfitValueError, stored_value
from services.history.repository import blanking
from services.history.repository.cards import cards, definitions, labels, touched
from services.history.use_cases.cards.show import Labels, require_card, show_labels
from services.history.use_cases.errors import ErasedContactError, StaleVersionError
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.erased import erased_among


@dataclass(frozen=True, slots=True)
class LabelChange:
    """`tags` are all that the person is to have, None leaves them; a field set to None is emptied,
    one that is not named stays.
    """

    tags: Sequence[str] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


async def set_labels(
    session: Session,
    contact_id: UUID,
    change: LabelChange,
    *,
    version: int,
    actor: str,
    reader: UUID | None,
    now: datetime,
) -> Labels:
    """Change a person's labels. What is new is set on `contact_id`, and goes with it at a split.

    Raises UnknownContactError, InvalidError that names each tag and field at fault,
    StaleVersionError when somebody has changed them meanwhile, ErasedContactError.
    """
    card = await require_card(session, contact_id, reader=reader)
    await blanking.guard_erasure(session)
    await labels.lock_labels(session, card.person_id)
    if await erased_among(session, card.contact_ids):
        raise ErasedContactError("This person was erased.")
    present = await show_labels(session, card.contact_ids)
    if present.version != version:
        raise StaleVersionError(
            "Somebody has changed the labels meanwhile.", extra={"version": present.version}
        )
    await definitions.lock_definitions(session)
    values = await _checked(session, change)
    await labels.write_labels(
        session, contact_id, card.contact_ids,
        tags=change.tags, fields=values, actor=actor, now=now,
    )  # fmt: skip
    await touched.touch(session, [contact_id])
    return await show_labels(session, card.contact_ids)


async def _checked(session: Session, change: LabelChange) -> dict[str, Any]:
    """The values as they are stored."""
    faults: list[tuple[str, str]] = []
    if change.tags is not None:
        keys = {item.key for item in await definitions.list_tag_definitions(session)}
        faults += [
            (f"/tags/{number}", "no such tag")
            for number, tag in enumerate(change.tags)
            if tag not in keys
        ]
        if len(set(change.tags)) > MAX_TAGS:
            faults.append(("/tags", f"at most {MAX_TAGS} tags"))
    by_key = {item.key: item for item in await definitions.list_field_definitions(session)}
    values: dict[str, Any] = {}
    for name, value in change.fields.items():
        pointer = f"/fields/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in by_key:
            faults.append((pointer, "no such field"))
            continue
        try:
            values[name] = None if value is None else stored_value(by_key[name], value)
        except UnfitValueError as fault:
            faults.append((pointer, str(fault)))
    if faults:
        raise InvalidError("The labels cannot be set.", errors=faults[:20])
    return values


async def blank_cards(session: Session, birth_ids: Sequence[UUID]) -> None:
    """Erase what the customer base holds of a person: labels are deleted, the card is emptied of
    names and words at once, and computed anew from what is left.
    """
    await labels.blank_labels(session, birth_ids)
    await cards.blank_cards(session, birth_ids)
    await touched.touch(session, birth_ids)
