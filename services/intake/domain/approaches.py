"""Whether somebody may be approached of our own accord, and by which of their points."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from services.intake.domain.consents import RefusedChannel
from services.intake.domain.keys import ContactPoint

# By which channels a point reaches somebody.
_REACHES: Final = {
    "phone": (RefusedChannel.CALL, RefusedChannel.CHAT),
    "email": (RefusedChannel.EMAIL,),
}


class Obstacle(StrEnum):
    """Why somebody is left out."""

    UNKNOWN = "unknown"
    ERASED = "erased"
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    NO_POINT = "no_point"
    TWICE = "twice"
    SOURCE_OFF = "source_off"


class Consent(NamedTuple):
    """A consent, or `given: False`, its withdrawal; without channels it is about all of them."""

    at: datetime
    given: bool
    channels: Sequence[str] = ()


class Permit(NamedTuple):
    """The points by which somebody may be approached, and by which channels."""

    points: Sequence[ContactPoint]
    channels: Sequence[str]


def permit_of(
    consents: Sequence[Consent], refusals: Collection[str], points: Sequence[ContactPoint]
) -> Permit | Obstacle:
    """By the latest consent to advertising, without the channels that are refused. Silence is no
    consent: Article 6 of Regulation (EU) 2016/679, and Article 18 of the Russian law on advertising
    (38-FZ), ask for one that was given before.
    """
    latest = max(consents, key=lambda one: one.at, default=None)
    if latest is None or not latest.given:
        return Obstacle.NO_CONSENT
    agreed = set(latest.channels) or {RefusedChannel.ALL}
    open_channels = {
        channel
        for reaches in _REACHES.values()
        for channel in reaches
        if RefusedChannel.ALL not in refusals
        and channel not in refusals
        and (RefusedChannel.ALL in agreed or channel in agreed)
    }
    if not points:
        return Obstacle.NO_POINT
    reached = [
        point for point in points if open_channels.intersection(_REACHES.get(point.kind, ()))
    ]
    if not reached:
        return Obstacle.REFUSED
    ways = {way for point in reached for way in _REACHES[point.kind]} & open_channels
    return Permit(reached, sorted(ways))
