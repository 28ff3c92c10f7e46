"""Numbers and addresses under labels that tell nothing, known by their shape."""

import re
from collections.abc import Mapping
from typing import Any

from services.intake.channels.parsing import emails, phones
from services.intake.domain import label_parts

_SIGN = {"phone": re.compile(r"\d"), "email": re.compile("[@\uff20]")}
_LONGEST = 100  # characters of a value that is looked at


def only_point(kind: str, fields: Mapping[str, Any], country: str) -> Mapping[str, str]:
    """Label → the one phone, or email, that the fields hold. Empty when there are several, or none.

    It must be the whole value, and so written that no label is needed to know it.
    """
    points = {
        label: point
        for label, value in fields.items()
        if isinstance(value, str)
        and len(value) <= _LONGEST
        and _SIGN[kind].search(value)
        and label_parts.is_meaningless(label)
        and (point := _alone(kind, value, country))
    }
    return points if len(set(points.values())) == 1 else {}


def _alone(kind: str, value: str, country: str) -> str | None:
    return phones.alone(value, country) if kind == "phone" else emails.address(value)
