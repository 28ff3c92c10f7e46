"""Phones and addresses of conditions: in any notation, as lists of persons take them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from services.history.domain.search.queries import (
    A_PHONE,
    AN_ADDRESS,
    email_spelling,
    phone_spellings,
)
from services.history.domain.segments.tree import All, Comparison, Node
from services.history.domain.segments.values import Fault


def _email_spellings(text: str) -> Sequence[str]:
    spelling = email_spelling(text)
    return () if spelling is None else (spelling,)


# Field → how one of its points may stand in a card, and what is said of what is none.
_SPELLINGS: Mapping[str, tuple[Callable[[str], Sequence[str]], str]] = {
    "phones": (phone_spellings, A_PHONE),
    "emails": (_email_spellings, AN_ADDRESS),
}


def in_any_notation(node: Comparison, *, is_new: bool) -> Node:
    """The comparison with all spellings of its points; any other one as it is. Raises Fault for
    what is no point; in a condition that was saved earlier it finds nobody.
    """
    if node.field.name not in _SPELLINGS or not isinstance(node.value, tuple):
        return node
    spellings_of, expected = _SPELLINGS[node.field.name]
    points = [*_points(node.value, spellings_of)]
    for number, point in enumerate(points):
        if is_new and not point:
            raise Fault("/value" if len(points) == 1 else f"/value/{number}", expected)
    if node.operation == "has_all":
        return All(tuple(Comparison(node.field, "has_any", point) for point in points))
    return Comparison(node.field, node.operation, tuple(text for point in points for text in point))


def _points(
    values: Sequence[object], spellings_of: Callable[[str], Sequence[str]]
) -> Iterator[tuple[str, ...]]:
    for value in values:
        yield tuple(spellings_of(str(value)))
