"""Whom mails come from and go to, as servers are told of them."""

import email.policy
from collections.abc import Sequence
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from email_validator import EmailNotValidError, validate_email


def sender_of(text: str) -> str:
    """Whom mails come from, as a header says it and any server takes it: of an address, or of a
    name and an address, also of a host that only its own network knows. Raises ValueError, with
    words for the operator.
    """
    name, address = _parts_of(text)
    try:
        address = wire_address(address)
        address.encode("ascii")
        return str(Address(name, addr_spec=address))
    except (ValueError, MessageError):
        raise ValueError("has an address that not every mail server takes") from None


def _parts_of(text: str) -> tuple[str, str]:
    """The name, which may be empty, and the address. Raises ValueError."""
    header: Any = None
    if text.isprintable():
        # The parser stumbles over what is cut short.
        with suppress(MessageError, ValueError, IndexError):
            header = email.policy.SMTP.header_factory("From", text)
    parts: Sequence[Any] = () if header is None or header.defects else header.addresses
    if len(parts) != 1 or not parts[0].username or not parts[0].domain:
        raise ValueError("is an address, or a name and one: Leadflow <leadflow@company.example>")
    return parts[0].display_name, parts[0].addr_spec


def wire_address(address: str) -> str:
    """As it is written to a server: the domain in ASCII, as IDNA has it."""
    if address.isascii():
        return address
    local = address.rpartition("@")[0]
    with suppress(EmailNotValidError):
        parts = validate_email(address, check_deliverability=False, globally_deliverable=False)
        return f"{local}@{parts.ascii_domain}"
    return address
