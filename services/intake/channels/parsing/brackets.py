"""Names with brackets, as PHP writes them, read into what they describe: `a[b][0]=1` is nested.

Invariant: no value is lost, also where two names contradict each other.
"""

import re
from collections.abc import Iterable
from typing import Any

from services.intake.channels.parsing.forms import MAX_FIELDS
from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason

MAX_BRACKETS = 16  # of one name
_NAME = re.compile(r"([^\[\]]++)((?:\[[^\[\]]*+\])++)")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Objects by name; those named 0, 1, 2 … or `[]` are lists. A name without brackets, or with
    broken ones, stays as it is, and one that comes again gives a list. Where a name is both a value
    and an object, the value is its member "". Raises ChannelError too_deep or too_many_fields.
    """
    tree: dict[str, Any] = {}
    for number, (name, value) in enumerate(pairs):
        if number >= MAX_FIELDS:
            raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
        *steps, last = _steps(name)
        place = tree
        for step in steps:
            place = _member(place, _next(place) if step is None else step)
        _put(place, _next(place) if last is None else last, value)
    return {name: _listed(member) for name, member in tree.items()}


def _steps(name: str) -> list[str | None]:
    """The names from the outermost; None for `[]`."""
    match = _NAME.fullmatch(name)
    if match is None:
        return [name]
    inner = match.group(2)[1:-1].split("][")
    if len(inner) > MAX_BRACKETS:
        raise ChannelError(QuarantineReason.TOO_DEEP)
    return [match.group(1), *(step or None for step in inner)]


def _next(place: dict[str, Any]) -> str:
    return str(len(place))


def _member(place: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of that name; a value that stood there becomes its member ""."""
    member = place.get(name)
    if not isinstance(member, dict):
        member = place[name] = {} if member is None else {"": member}
    return member


def _put(place: dict[str, Any], name: str, value: str) -> None:
    present = place.get(name)
    if isinstance(present, dict):
        _put(present, "", value)
    elif isinstance(present, list):
        present.append(value)
    else:
        place[name] = value if present is None else [present, value]


def _listed(member: Any) -> Any:
    if not isinstance(member, dict):
        return member
    members = {name: _listed(inner) for name, inner in member.items()}
    is_list = all(name == str(place) for place, name in enumerate(members))
    return list(members.values()) if is_list else members
