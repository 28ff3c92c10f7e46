"""What telephone exchanges have in common: the customer of a call, and signed callbacks."""

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.draft import DraftBuilder, add_phone

MAX_SIGNED_BYTES = 65_536  # of a callback that are searched for a proof; most have 1000 to 2000
_NO_NUMBERS = frozenset({"sip", "client"})  # schemes of addresses that are no telephone numbers


def add_customer(builder: DraftBuilder, number: str | None) -> None:
    """Add the customer's number; an address of another scheme goes to `contact.other`."""
    if not number:
        return
    scheme, colon, _ = number.partition(":")
    if colon and scheme.lower() in _NO_NUMBERS:
        builder.other[scheme.lower()] = number
    elif e164 := phones.e164(number, builder.country):
        builder.phones[e164] = None  # the network tells it, so a round number is no invention
    else:
        add_phone(builder, number)
