"""All channels by the adapter name that a source is configured with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from types import MappingProxyType

from services.intake.channels import email, forms, generic, telephony
from services.intake.channels.channel import Channel
from services.intake.domain.redaction import redact
from services.intake.domain.requests import Content, RawRequest, SourceView

Parse = Callable[[RawRequest, SourceView], Content]


def _redacting(parse: Parse) -> Parse:
    """The same parser, with the secrets of the source removed from its result."""

    @wraps(parse)
    def read(request: RawRequest, source: SourceView) -> Content:
        return redact(parse(request, source), source)

    return read


CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        channel.name: replace(channel, parse=_redacting(channel.parse))
        for room in (forms, telephony, email, generic)
        for channel in room.CHANNELS
    }
)
_SIGNATURES = frozenset(channel.signature for channel in CHANNELS.values() if channel.signature)


def signed(request: RawRequest) -> bool:
    """Whether the headers hold what could be some adapter's signature over the body."""
    return any(name in _SIGNATURES for name, _ in request.headers)


def is_tracking(source: SourceView) -> bool:
    """Whether the source is call tracking; the option `tracking` says so of an exchange's."""
    channel = CHANNELS.get(source.adapter)
    return source.options.get("tracking", channel is not None and channel.tracking) is True
