"""What a new condition may ask for: what can be, and be otherwise than always or never."""

from decimal import Decimal

from services.history.domain.segments.fields import Kind
from services.history.domain.segments.tree import Comparison, Measured, Node
from services.history.domain.segments.values import Fault
from services.history.domain.segments.windows import Ago, Window

_SUM = "spent"  # a measure of money, which returns may bring below zero; all others are counts


def require_sense(node: Node) -> None:
    """Raises Fault for a count that is not whole or below zero, and for the last 0 days."""
    match node:
        case Measured():
            if node.measure != _SUM:
                _require_count(node.value)
            _require_length(node.window, "/during")
        case Comparison():
            if node.field.kind is Kind.NUMBER and node.field.custom is None:
                _require_count(node.value)
            _require_length(node.value, "/value")


def _require_count(value: object) -> None:
    if isinstance(value, Decimal) and (value < 0 or value != value.to_integral_value()):
        raise Fault("/value", "a whole number, 0 or more")


def _require_length(value: object, place: str) -> None:
    if isinstance(value, Window) and isinstance(value.since, Ago) and value.since.count == 0:
        raise Fault(f"{place}/last", "a whole number, 1 or more")
