"""A segment's filter as it is understood: groups of conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from services.history.domain.segments.fields import Field
from services.history.domain.segments.windows import Ago, Window

Value: TypeAlias = (
    bool | str | Decimal | tuple[str, ...] | tuple[UUID, ...] | Window | datetime | Ago
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field of the card and what it has to be; a field that nothing is known of fails it."""

    field: Field
    operation: str
    value: Value


@dataclass(frozen=True, slots=True)
class Measured:
    """How many or how much of `measure` there is: within the window, narrowed by `where`."""

    measure: str
    operation: str
    value: Decimal
    window: Window | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node: TypeAlias = Comparison | Measured | All | Any | Not


def leaves(node: Node) -> Iterator[Comparison | Measured]:
    """All conditions below the node."""
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def is_relative(node: Node) -> bool:
    """Whether somebody may enter or leave without any event, as time goes on."""
    for leaf in leaves(node):
        value = leaf.window if isinstance(leaf, Measured) else leaf.value
        if isinstance(value, Ago) or (isinstance(value, Window) and value.is_relative):
            return True
    return False


def custom_fields(node: Node) -> frozenset[str]:
    """The keys of the defined fields that the filter names."""
    return frozenset(
        leaf.field.custom
        for leaf in leaves(node)
        if isinstance(leaf, Comparison) and leaf.field.custom is not None
    )


def tags(node: Node) -> frozenset[str]:
    """The tags that the filter names."""
    return frozenset(
        str(tag)
        for leaf in leaves(node)
        if isinstance(leaf, Comparison)
        and leaf.field.column == "tags"
        and isinstance(leaf.value, tuple)
        for tag in leaf.value
    )
