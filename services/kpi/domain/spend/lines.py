"""What was spent on a day for a campaign of an advertising channel.

Names are compared without case, as marks of links (UTM) are; one that is not told is empty.
"""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from shared.ids import derived_id
from shared.text import one_line

LONGEST_NAME: Final = 200
MOST_AMOUNT: Final = Decimal(10) ** 12


class SpendLine(NamedTuple):
    """`source_key` names the source that brings the inquiries, where no mark of a link does."""

    day: date
    source_key: str
    ad_channel: str
    campaign: str
    amount: Decimal
    currency: str

    @property
    def spend_id(self) -> UUID:
        """The same for whatever is told of the same day, source, channel and campaign."""
        return derived_id("spend", self.day, self.source_key, self.ad_channel, self.campaign)


def name_of(text: str) -> str:
    """A channel's or a campaign's name in the form in which names are compared.

    Raises ValueError for one that is too long or has control characters.
    """
    name: str = one_line(text).lower()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"has more than {LONGEST_NAME} characters")
    return name


def require_amount(amount: Decimal) -> Decimal:
    """Raises ValueError for an amount that is nothing one can spend."""
    if not amount.is_finite() or not 0 <= amount < MOST_AMOUNT:
        raise ValueError(f"is not between 0 and {MOST_AMOUNT:f}")
    if isinstance(exponent := amount.as_tuple().exponent, int) and exponent < -6:
        raise ValueError("has more than six digits behind the point")
    return amount
