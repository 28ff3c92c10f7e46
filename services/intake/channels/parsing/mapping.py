"""The declarative mapping of a source: inquiry path → JMESPath over what its sender sends."""

from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from services.intake.channels.parsing.draft import as_text
from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason


def mapped(payload: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The values of the mapping laid out as an inquiry: `contact.phones` becomes nested objects.

    Raises ChannelError(bad_mapping).
    """
    inquiry: dict[str, Any] = {}
    for path, expression in mapping.items():
        try:
            value = jmespath.search(expression, payload)
        except (JMESPathError, ValueError, TypeError, RecursionError):
            raise ChannelError(QuarantineReason.BAD_MAPPING) from None
        if value is not None:
            lay(inquiry, path.split("."), value)
    return inquiry


def lay(inquiry: dict[str, Any], steps: list[str], value: Any) -> None:
    """Put a value at its place in an inquiry. Raises ChannelError(bad_mapping)."""
    place = inquiry
    for step in steps[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise ChannelError(QuarantineReason.BAD_MAPPING)
    place[steps[-1]] = value if isinstance(value, dict | list) else as_text(value)
