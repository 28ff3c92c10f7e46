"""The columns of an exported segment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from services.history.domain.labels import FieldDefinition

COLUMNS = (
    "person_id", "name", "company", "phones", "emails", "channels", "regions", "cities",
    "products", "campaigns", "first_seen_at", "last_seen_at", "last_touch_at", "inquiry_count",
    "activity_count", "open_stages", "open_lead_count", "won_lead_count", "lost_lead_count",
    "purchase_count", "sums", "first_purchase_at", "last_purchase_at", "consents",
    "do_not_contact", "tags",
)  # fmt: skip
_Cell = str | int | Decimal | bool | datetime | None


class Exported(Protocol):
    """What of a card is written in other words than it is stored in."""

    @property
    def sums(self) -> Mapping[str, str]: ...
    @property
    def purposes(self) -> Sequence[str]: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...


def heading(definitions: Sequence[FieldDefinition]) -> list[str]:
    """The names of the columns: those of the card, and each defined field by its name."""
    return [*COLUMNS, *(definition.name for definition in definitions)]


def cells(card: Exported, definitions: Sequence[FieldDefinition]) -> list[_Cell]:
    """A card as a row; what is several stands in one cell."""
    return [
        *(_cell(card, name) for name in COLUMNS),
        *(_field(card.fields.get(definition.key)) for definition in definitions),
    ]


def _cell(card: Exported, name: str) -> _Cell:
    if name == "sums":
        return ", ".join(f"{total} {currency}" for currency, total in sorted(card.sums.items()))
    if name == "consents":
        return ", ".join(card.purposes)
    value = getattr(card, name)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    cell: _Cell = value
    return cell


def _field(value: Any) -> _Cell:
    return Decimal(str(value)) if isinstance(value, float) else value
