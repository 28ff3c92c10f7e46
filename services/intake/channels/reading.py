"""From a request to its content: parsed, corrected by a repair, checked for size.

Invariant: everything here is pure, so it can run in another process, and any bytes give content or
a quarantine reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.intake.domain.redaction import secrets_of, spoken_draft
from services.intake.domain.requests import (
    INVALID_BODY,
    NATIVE,
    ChannelError,
    Draft,
    Parsed,
    RawRequest,
    SourceView,
)
from shared.contracts.envelope import MAX_EVENT_BYTES

TOO_LARGE: Final = "too_large"
UNKNOWN_ADAPTER: Final = "unknown_adapter"
_ENVELOPE_BYTES: Final = 4_000  # ids, times and the source's words beside the draft
_NOT_INQUIRIES = frozenset({"outgoing", "internal"})

# What each adapter makes of a request, by its name.
Readers = Mapping[str, Callable[[RawRequest, SourceView], Parsed]]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read: a request of a source, and the corrections of a repair, if any."""

    request: RawRequest
    source: SourceView
    native: bool
    overrides: Mapping[str, Any] | None

    @property
    def size(self) -> int:
        """How many bytes a reader may have to look at; overrides come from supervisors."""
        request = self.request
        headers = sum(len(name) + len(value) for name, value in request.headers)
        return len(request.body) + len(request.query) + len(request.rest) + headers


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a request. `reason` alone means quarantine, `ignored` that it adds nothing."""

    inquiries: tuple[Draft, ...] = ()
    observed: tuple[Draft, ...] = ()
    ignored: str | None = None
    external_id: str | None = None
    reason: str | None = None


CONTENT: Final = TypeAdapter(Content)  # as JSON, and back


def read(task: Task, readers: Readers) -> Content:
    """Content or a quarantine reason. A channel may raise ChannelError only; the rest passes on."""
    parse = readers.get(NATIVE if task.native else task.source.adapter)
    if parse is None:
        return Content(reason=UNKNOWN_ADAPTER)
    try:
        findings = parse(task.request, task.source)
        drafts = [_corrected(draft, task) for draft in findings.inquiries]
    except ChannelError as error:
        return Content(reason=error.kind)
    # Serialised here even when it is small: an error of serialising belongs to reading, where the
    # submission is blamed for it, not to our own later work.
    sizes = [_size(draft) for draft in (*drafts, *findings.observed)]
    if max(sizes, default=0) > MAX_EVENT_BYTES - _ENVELOPE_BYTES:
        return Content(reason=TOO_LARGE)
    return Content(
        inquiries=tuple(draft for draft in drafts if _is_inquiry(draft)),
        observed=(*findings.observed, *(draft for draft in drafts if not _is_inquiry(draft))),
        ignored=findings.ignored,
        external_id=findings.external_id,
    )


def _corrected(draft: Draft, task: Task) -> Draft:
    """With the operator's corrections, in which a secret of the source may stand again."""
    if not task.overrides:
        return draft
    return spoken_draft(overridden(draft, task.overrides), secrets_of(task.source))


def overridden(draft: Draft, overrides: Mapping[str, Any] | None) -> Draft:
    """The draft with an operator's corrections laid over it, object by object.

    Raises ChannelError(invalid_body) when the result is no inquiry.
    """
    if not overrides:
        return draft
    content = _laid(draft.model_dump(mode="json"), overrides)
    try:
        return Draft.model_validate(content)
    except ValidationError:
        raise ChannelError(INVALID_BODY) from None


def _laid(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, Mapping):
        return {**under, **{key: _laid(under.get(key), value) for key, value in over.items()}}
    return over


def _is_inquiry(draft: Draft) -> bool:
    """Whether somebody has asked us something; outgoing and internal calls are only observed."""
    return draft.call is None or draft.call.direction not in _NOT_INQUIRIES


def _size(draft: Draft) -> int:
    return len(draft.model_dump_json().encode())
