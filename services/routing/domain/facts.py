"""The facts of an inquiry that the rules of pools may name."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from shared.contracts.inquiries import InquiryReceived

CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# Facts of which a rule may name a word; of the others it names the whole value.
WORDY = frozenset({"product", "city", "campaign", *CAMPAIGN})
WHOLE = frozenset({"source", "channel", "region", "language", "priority_class"})
TEXTS = (*sorted(WHOLE), "product", "city", "campaign", *CAMPAIGN)
# Keys of sources are compared exactly, all else without case.
EXACT = frozenset({"source"})
READ = 500  # characters of a value, of which rules can name far fewer
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Facts:
    """`texts`: fact → its values, a source by its key and its id; `at` is the moment that times of
    the week are compared with.
    """

    texts: Mapping[str, Sequence[str]]
    at: datetime
    amount: Decimal | None = None
    currency: str | None = None


def facts_of(inquiry: InquiryReceived) -> Facts:
    """The facts of an inquiry, as of the moment when it was received."""
    campaign = inquiry.campaign
    key, source = inquiry.source_key, str(inquiry.source_id)
    texts = {
        "source": (key, source) if key else (source,),
        "channel": (inquiry.channel,),
        "region": _present(inquiry.region),
        "language": _present(inquiry.language),
        "priority_class": (inquiry.priority_class,),
        "product": _present(inquiry.product_interest),
        "city": _present(inquiry.city),
        "campaign": _present(campaign.utm_campaign),
        "utm_source": _present(campaign.utm_source),
        "utm_medium": _present(campaign.utm_medium),
        "utm_campaign": _present(campaign.utm_campaign),
        "utm_term": _present(campaign.utm_term),
        "utm_content": _present(campaign.utm_content),
    }
    return Facts(texts, inquiry.received_at, inquiry.amount, inquiry.currency)


def facts_record(inquiry: InquiryReceived) -> dict[str, str]:
    """What a lead remembers of the facts that have no column of their own, so that rules can be
    tried on it later. A city may point to a person, so it is not remembered.
    """
    values = {name: getattr(inquiry.campaign, name) for name in CAMPAIGN}
    values |= {"source_key": inquiry.source_key, "source_pool": inquiry.pool}
    return {name: value for name, value in values.items() if value}


def _present(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def term(fact: str, value: str) -> str:
    """A value as it is compared: one form, without case and with single spaces."""
    if fact in EXACT:
        return value
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return " ".join(value.casefold().split())


# Most values come again and again.
@lru_cache(maxsize=4096)
def terms(fact: str, value: str) -> frozenset[str]:
    """All that a rule may name of a value: the whole and, of a wordy fact, each word: `3-room flat`
    has 3-room, 3, room and flat.
    """
    whole = term(fact, value[:READ])
    if fact not in WORDY:
        return frozenset((whole,))
    return frozenset((whole, *whole.split(), *_WORD.findall(whole)))
