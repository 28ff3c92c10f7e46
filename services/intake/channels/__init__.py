"""All channels by the adapter name that a source is configured with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from types import MappingProxyType
from typing import Literal

from services.intake.channels import email, forms, generic, telephony
from services.intake.channels.channel import Channel
from services.intake.domain.redaction import redact
from services.intake.domain.requests import Content, FollowUp, RawRequest, SourceView

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
# Header of a signature → whether it may be one over a mail.
_SIGNATURES: Mapping[str, bool] = {
    header: any(one.mail for one in CHANNELS.values() if one.signature == header)
    for header in {channel.signature for channel in CHANNELS.values() if channel.signature}
}
_WITH_PROOF_INSIDE = tuple(one for one in CHANNELS.values() if one.has_proof_inside)
_WITH_EVIDENCE = tuple(one for one in CHANNELS.values() if one.has_evidence)


def signed(request: RawRequest) -> Literal["mail", "body"] | None:
    """What may be signed, by headers and the beginning of the body: a mail, another body, nothing.

    It is the same for every source, so it tells nobody which ones there are.
    """
    mails = {_SIGNATURES[name] for name, _ in request.headers if name in _SIGNATURES}
    if True in mails or any(one.proof_follows(request) for one in _WITH_PROOF_INSIDE):
        return "mail"
    return "body" if mails else None


def evidence_of(request: RawRequest) -> tuple[FollowUp, frozenset[str]] | None:
    """The document that verifying needs, whoever sent the request, and where it may lie."""
    for channel in _WITH_EVIDENCE:
        follow_up = channel.evidence(request)
        if follow_up is not None:
            return follow_up, channel.fetch_hosts
    return None


def is_tracking(source: SourceView) -> bool:
    """Whether the source is call tracking; the option `tracking` says so of an exchange's."""
    channel = CHANNELS.get(source.adapter)
    return source.options.get("tracking", channel is not None and channel.tracking) is True
