"""From a stored submission to what it says: parsed, overridden by a repair, checked for size.

Its law: any bytes give a reading or a reason; nothing here touches the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from services.intake.domain.identity import inquiry_id, key_digest, observation_id
from services.intake.domain.unspoken import secrets_of, spoken_draft
from services.intake.domain.wire import (
    INVALID_BODY,
    NATIVE,
    ChannelError,
    Draft,
    Parsed,
    RawRequest,
    SourceView,
)
from services.intake.repository.submissions import Stored
from shared.messaging.speaking import MAX_EVENT_BYTES

TOO_LARGE: Final = "too_large"
UNKNOWN_ADAPTER: Final = "unknown_adapter"
_ENVELOPE_BYTES = 4_000  # ids, times and the source's words beside the draft
_HARMLESS_BYTES = 100_000  # a body this small cannot grow into an event that is too large
_NOT_INQUIRIES = frozenset({"outgoing", "internal"})
_LONGEST_EXTERNAL_ID = 500

# What each adapter makes of a request: handed in by the worker, which knows the channels.
Readers = Mapping[str, Callable[[RawRequest, SourceView], Parsed]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a submission says; `reason` alone means quarantine, `ignored` that it adds nothing.

    Ids stand beside what they name, in the same order, and come out the same at every reading.
    """

    stored: Stored
    source: SourceView | None
    inquiries: tuple[Draft, ...] = ()
    inquiry_ids: tuple[UUID, ...] = ()
    observed: tuple[Draft, ...] = ()
    observation_ids: tuple[UUID, ...] = ()
    reason: str | None = None
    ignored: str | None = None
    external_id: str | None = None

    @property
    def external_digest(self) -> bytes | None:
        return key_digest(self.external_id) if self.external_id else None

    @property
    def shown_external_id(self) -> str | None:
        return self.external_id[:_LONGEST_EXTERNAL_ID] if self.external_id else None


def read_submission(stored: Stored, source: SourceView | None, readers: Readers) -> Reading:
    """Never raises for what a sender can cause, unless a channel breaks its own law."""
    if source is None:
        return Reading(stored, source, reason=UNKNOWN_ADAPTER)
    parse = readers.get(NATIVE if stored.native else source.adapter)
    if parse is None:
        return Reading(stored, source, reason=UNKNOWN_ADAPTER)
    try:
        parsed = parse(stored.request, source)
        drafts = [_corrected(draft, stored, source) for draft in parsed.inquiries]
    except ChannelError as error:
        return Reading(stored, source, reason=error.kind)
    if len(stored.request.body) > _HARMLESS_BYTES and any(map(_too_large, drafts)):
        return Reading(stored, source, reason=TOO_LARGE)
    inquiries = tuple(draft for draft in drafts if _is_inquiry(draft))
    observed = (*parsed.observed, *(draft for draft in drafts if not _is_inquiry(draft)))
    minted_from = stored.submission_id
    return Reading(
        stored,
        source,
        inquiries=inquiries,
        inquiry_ids=tuple(inquiry_id(minted_from, place) for place in range(len(inquiries))),
        observed=observed,
        observation_ids=tuple(observation_id(minted_from, n) for n in range(len(observed))),
        ignored=parsed.ignored,
        external_id=parsed.external_id,
    )


def _corrected(draft: Draft, stored: Stored, source: SourceView) -> Draft:
    """With the operator's corrections, in which a secret of the source may stand again."""
    if not stored.overrides:
        return draft
    return spoken_draft(overridden(draft, stored.overrides), secrets_of(source))


def overridden(draft: Draft, overrides: Mapping[str, Any] | None) -> Draft:
    """The draft with an operator's corrections laid over it, object by object.

    Raises ChannelError(invalid_body) when the result is no inquiry.
    """
    if not overrides:
        return draft
    laid = _laid(draft.model_dump(mode="json"), overrides)
    try:
        return Draft.model_validate(laid)
    except ValidationError:
        raise ChannelError(INVALID_BODY) from None


def _laid(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, Mapping):
        return {**under, **{key: _laid(under.get(key), value) for key, value in over.items()}}
    return over


def _is_inquiry(draft: Draft) -> bool:
    """Outgoing and internal calls are observed: nobody has asked us anything."""
    return draft.call is None or draft.call.direction not in _NOT_INQUIRIES


def _too_large(draft: Draft) -> bool:
    return len(draft.model_dump_json().encode()) > MAX_EVENT_BYTES - _ENVELOPE_BYTES
