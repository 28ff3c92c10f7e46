"""What pydantic finds wrong, in the words of problem documents."""

from collections.abc import Iterator, Sequence
from typing import Any


class MemberError(ValueError):
    """What a look at several members finds wrong with one of them, of the object looked at."""

    def __init__(self, member: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member


_NO_JSON = "json_invalid"
_PARTS = frozenset({"body", "query", "path", "header"})  # of a request
# What pydantic calls the length of a text that a validator of ours has seen before.
_LENGTHS = {"too_long": ("most", "max_length"), "too_short": ("least", "min_length")}
_OURS = frozenset({"value_error", "assertion_error"})  # found by a validator of ours


def faults(errors: Sequence[Any], *, at: str = "", body: Any = ...) -> list[tuple[str, str]]:
    """The findings as (JSON pointer, detail); the offending values are not repeated. What several
    parts of a route find of the same value is told once.

    `at` is the pointer of the part that was validated, `body` what was validated, where some of it
    is one of several models.
    """
    return list(
        dict.fromkeys((f"{at}{_pointer(error, body)}", detail_of(error)) for error in errors)
    )


def detail_of(error: Any) -> str:
    """What is wrong, without the class of error that pydantic puts before our own words."""
    if error["type"] == _NO_JSON:
        return f"is no JSON: {error['ctx']['error']} at character {error['loc'][-1]}"
    if error["type"] in _LENGTHS and isinstance(error["input"], str):
        which, bound = _LENGTHS[error["type"]]
        characters = error["ctx"][bound]
        ending = "" if characters == 1 else "s"
        return f"String should have at {which} {characters} character{ending}"
    cause = error.get("ctx", {}).get("error") if error["type"] in _OURS else None
    return str(error["msg"] if cause is None else cause)


def _pointer(error: Any, body: Any) -> str:
    cause = error.get("ctx", {}).get("error")
    member = [cause.member] if isinstance(cause, MemberError) else []
    if error["type"] == _NO_JSON:
        return ""  # its place is one of the text
    is_elsewhere = error["loc"] and error["loc"][0] in _PARTS - {"body"}
    places = _without_tags(error, ... if is_elsewhere else body)
    return "".join(f"/{escaped(part)}" for part in [*places, *member])


def _without_tags(error: Any, body: Any) -> Iterator[Any]:
    """Pydantic names the member of a union in between, by its type or by the value that tells it
    apart: a place that the body does not have. So may the last one be, if what it is said of is the
    place before it, and not what that one lacks.
    """
    parts, place = _inside(error["loc"]), body
    for number, part in enumerate(parts, 1):
        if place is ... or _holds(place, part):
            yield part
            place = place if place is ... else place[part]
        elif number == len(parts) and (error["type"] == "missing" or error["input"] != place):
            yield part


def _holds(place: Any, part: Any) -> bool:
    if isinstance(place, dict):
        return part in place
    return isinstance(place, list) and isinstance(part, int) and part < len(place)


def _inside(parts: Sequence[Any]) -> Sequence[Any]:
    return parts[1:] if parts and parts[0] in _PARTS else parts


def escaped(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
