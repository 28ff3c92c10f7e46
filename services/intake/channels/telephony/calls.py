"""What telephone exchanges have in common: the customer of a call, and signed callbacks."""

from services.intake.channels.parsing.draft import DraftBuilder, add_phone
from services.intake.channels.signatures import MAX_SIGNED_BYTES

__all__ = ["MAX_SIGNED_BYTES", "add_customer"]

_NO_NUMBERS = frozenset({"sip", "client"})  # schemes of addresses that are no telephone numbers


def add_customer(builder: DraftBuilder, number: str | None) -> None:
    """Add the customer's number; an address of another scheme goes to `contact.other`."""
    if not number:
        return
    scheme, colon, _ = number.partition(":")
    if colon and scheme.lower() in _NO_NUMBERS:
        builder.other[scheme.lower()] = number
    else:
        add_phone(builder, number)
