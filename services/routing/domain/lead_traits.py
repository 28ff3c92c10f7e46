"""What a lead's inquiries say about it that its owner is chosen by, and corrections of that."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.contracts.inquiries import InquiryReceived

# The members of an inquiry, and the columns of a lead that they fill.
COLUMNS = {
    "language": "language",
    "region": "region",
    "product_interest": "product",
    "amount": "expected_amount",
    "currency": "expected_currency",
}
Traits = Mapping[str, Any]  # column → its value, None where it is taken back
_BEYOND = Decimal(10) ** 14  # what the column cannot hold


def traits_of(inquiry: InquiryReceived) -> Traits:
    """What the inquiry says of it, without what it does not say."""
    values = {column: getattr(inquiry, name) for name, column in COLUMNS.items()}
    return {column: value for column, value in values.items() if value is not None}


def corrected_traits(changes: Mapping[str, Any]) -> Traits:
    """What a correction changes of it; values that cannot be stored are passed over."""
    traits: dict[str, Any] = {}
    for name, column in COLUMNS.items():
        if name not in changes:
            continue
        value = changes[name]
        if name == "amount" and value is not None:
            value = _amount(value)
            if value is None:
                continue
        if value is None or isinstance(value, str | Decimal):
            traits[column] = value
    return traits


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _BEYOND else None
