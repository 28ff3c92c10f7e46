"""Reads a segment's filter from JSON, and names every place that is not understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any as Json

from services.history.domain.segments import points, values
from services.history.domain.segments.fields import MEASURES, OPERATIONS, field_of
from services.history.domain.segments.sense import require_sense
from services.history.domain.segments.tree import All, Any, Comparison, Measured, Node, Not
from services.history.domain.segments.values import Fault

MAX_DEPTH = 5  # groups inside one another
MAX_CONDITIONS = 50  # of one filter
MAX_FAULTS = 20  # named in one refusal
_GROUPS = {"all", "any", "not"}
_COMPARED = {"field", "op", "value"}
_MEASURED = {"measure", "op", "value", "during", "where"}


class FilterError(Exception):
    """The filter is not understood; `faults` are (JSON pointer, what is wrong there)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("the filter is not understood")
        self.faults = tuple(faults)


@dataclass(eq=False)
class _Reader:
    custom_types: Mapping[str, str]
    is_new: bool
    faults: list[tuple[str, str]] = field(default_factory=list)
    conditions: int = 0

    def node(self, tree: Json, place: str, depth: int) -> Node | None:
        if len(self.faults) >= MAX_FAULTS:
            return None
        try:
            node = self._node(tree, place, depth)
            if self.is_new and node is not None:
                require_sense(node)
        except Fault as fault:
            self.faults.append((place + fault.pointer, fault.detail))
            return None
        return node

    def _node(self, tree: Json, place: str, depth: int) -> Node | None:
        if not isinstance(tree, dict):
            raise Fault("", "expected an object: a group or a condition")
        if tree.keys() & _GROUPS:
            return self._group(tree, place, depth)
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise Fault("", f"at most {MAX_CONDITIONS} conditions")
        if "measure" in tree:
            return _measured(tree)
        return self._comparison(tree)

    def _group(self, tree: dict[str, Json], place: str, depth: int) -> Node | None:
        if len(tree) != 1:
            raise Fault("", "a group has one member: all, any or not")
        if depth >= MAX_DEPTH:
            raise Fault("", f"at most {MAX_DEPTH} groups inside one another")
        word, content = next(iter(tree.items()))
        if word == "not":
            part = self.node(content, f"{place}/not", depth + 1)
            return None if part is None else Not(part)
        if not isinstance(content, list) or not content:
            raise Fault(f"/{word}", "expected a list with at least one part")
        if len(content) > MAX_CONDITIONS:
            raise Fault(f"/{word}", f"at most {MAX_CONDITIONS} parts")
        nodes = [
            self.node(part, f"{place}/{word}/{number}", depth + 1)
            for number, part in enumerate(content)
        ]
        parts = tuple(node for node in nodes if node is not None)
        return All(parts) if word == "all" else Any(parts)

    def _comparison(self, tree: dict[str, Json]) -> Node:
        values.require_members(tree, needed=_COMPARED)
        name, operation = tree["field"], tree["op"]
        target = field_of(name, self.custom_types) if isinstance(name, str) else None
        if target is None:
            raise Fault("/field", "no such field")
        if not isinstance(operation, str) or operation not in OPERATIONS[target.kind]:
            allowed = ", ".join(sorted(OPERATIONS[target.kind]))
            raise Fault("/op", f"for this field one of: {allowed}")
        value = values.compared(tree["value"], kind=target.kind, operation=operation)
        return points.in_any_notation(Comparison(target, operation, value), is_new=self.is_new)


def _measured(tree: dict[str, Json]) -> Measured:
    values.require_members(tree, needed={"measure", "op", "value"}, optional=_MEASURED)
    measure, operation = tree["measure"], tree["op"]
    if not isinstance(measure, str) or measure not in MEASURES:
        raise Fault("/measure", f"one of: {', '.join(sorted(MEASURES))}")
    if operation not in ("equals", "at_least", "at_most"):
        raise Fault("/op", "one of: at_least, at_most, equals")
    where = values.narrowed(tree.get("where", {}), allowed=MEASURES[measure])
    if measure == "spent" and "currency" not in dict(where):
        raise Fault("/where/currency", "a sum is of one currency")
    if measure == "spent" and len(dict(where)["currency"]) != 1:
        raise Fault("/where/currency", "a sum is of one currency")
    return Measured(
        measure=measure,
        operation=operation,
        value=values.number(tree["value"], "/value"),
        window=None if "during" not in tree else values.window(tree["during"], "/during"),
        where=where,
    )


def read_filter(tree: Json, *, custom_types: Mapping[str, str], is_new: bool = False) -> Node:
    """The filter of a JSON value; `custom_types` are the types of the defined fields by key. A new
    one has to make sense; one that is stored is understood as it was when it was saved.

    Raises FilterError, which names all places at fault, up to `MAX_FAULTS`.
    """
    reader = _Reader(custom_types, is_new)
    node = reader.node(tree, "", 0)
    if reader.faults or node is None:
        raise FilterError(reader.faults)
    return node
