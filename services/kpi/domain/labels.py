"""Labels by which figures are grouped, without what a person could be found by.

Senders write a region or a campaign as they like. A label in which a phone number or an address
stands is none from the beginning, so that an erasure changes no figure.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from shared.contracts.envelope import Event
from shared.contracts.impersonal import without_points
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.purchases import PurchaseRecorded

E = TypeVar("E", bound=Event)

LONGEST_COMPARED: Final = 1000  # characters; a run of marks takes time by its square
_IO: Final = re.compile("е\u0308+")  # ё in pieces

_MARKS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_CAMPAIGN: Final = "campaign"
_OF_EVENTS: Final[Mapping[type[Event], tuple[str, ...]]] = {
    InquiryReceived: ("region", "product_interest"),
    InquiryUpdated: (),
    PurchaseRecorded: ("region", "product"),
}
_CORRECTED: Final = ("region", "product_interest")


def label_key(text: str) -> str:
    """A label as labels are compared, where two that a reader takes for one are one: without case,
    blanks around it and several in a row, ё as е, in one form of Unicode (NFKC), and of a very long
    one the beginning. What is shown, and what reports group by, stays as it was written.
    """
    short = unicodedata.normalize("NFKC", text[:LONGEST_COMPARED])
    plain = unicodedata.normalize("NFKD", short.casefold())
    return " ".join(unicodedata.normalize("NFKC", _IO.sub("е", plain)).split())


def labelled(event: E) -> E:
    """The event with labels that name nobody; most are as they came."""
    names = _OF_EVENTS.get(type(event))
    if names is None:
        return event
    update = _emptied(vars(event), names)
    if isinstance(event, InquiryReceived) and (marks := _emptied(vars(event.campaign), _MARKS)):
        update[_CAMPAIGN] = event.campaign.model_copy(update=marks)
    elif isinstance(event, InquiryUpdated) and (corrected := _corrected(event.changes)):
        update["changes"] = {**event.changes, **corrected}
    return event.model_copy(update=update) if update else event


def _corrected(changes: Mapping[str, Any]) -> dict[str, Any]:
    update = _emptied(changes, _CORRECTED)
    campaign = changes.get(_CAMPAIGN)
    if isinstance(campaign, dict) and (marks := _emptied(campaign, _MARKS)):
        update[_CAMPAIGN] = {**campaign, **marks}
    return update


def _emptied(members: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: None for name in names if without_points(members.get(name)) != members.get(name)}
