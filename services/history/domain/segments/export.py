"""The columns of an exported segment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from services.history.domain.labels import FieldDefinition
from shared.languages import Words

COLUMNS: Mapping[str, Words] = {
    "person_id": Words("Клиент (id)", "Customer (id)"),
    "name": Words("Имя", "Name"),
    "company": Words("Компания", "Company"),
    "phones": Words("Телефоны", "Phones"),
    "emails": Words("Адреса почты", "Email addresses"),
    "channels": Words("Каналы", "Channels"),
    "regions": Words("Регионы", "Regions"),
    "cities": Words("Города", "Cities"),
    "products": Words("Продукты", "Products"),
    "campaigns": Words("Кампании", "Campaigns"),
    "first_seen_at": Words("Первое появление", "First seen"),
    "last_seen_at": Words("Последнее появление", "Last seen"),
    "last_touch_at": Words("Последний контакт с ним", "Last contacted"),
    "inquiry_count": Words("Обращений", "Inquiries"),
    "activity_count": Words("Действий менеджеров", "Managers' activities"),
    "open_stages": Words("Этапы открытых лидов", "Stages of open leads"),
    "open_lead_count": Words("Открытых лидов", "Open leads"),
    "won_lead_count": Words("Выигранных лидов", "Leads won"),
    "lost_lead_count": Words("Потерянных лидов", "Leads lost"),
    "purchase_count": Words("Покупок", "Purchases"),
    "sums": Words("Сумма покупок", "Sum of purchases"),
    "first_purchase_at": Words("Первая покупка", "First purchase"),
    "last_purchase_at": Words("Последняя покупка", "Last purchase"),
    "consents": Words("Согласия", "Consents"),
    "do_not_contact": Words("Не связываться", "Do not contact by"),
    "tags": Words("Метки", "Tags"),
}
SHEET = Words("Клиенты", "Contacts")
_Cell = str | int | Decimal | bool | datetime | None


class Exported(Protocol):
    """What of a card is written in other words than it is stored in."""

    @property
    def sums(self) -> Mapping[str, str]: ...
    @property
    def purposes(self) -> Sequence[str]: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...


def heading(definitions: Sequence[FieldDefinition], language: str | None) -> list[str]:
    """The names of the columns: those of the card, in words of a language or without one as the
    card's members are named, and each defined field by its name.
    """
    names = COLUMNS if language is None else [words.said(language) for words in COLUMNS.values()]
    return [*names, *(definition.name for definition in definitions)]


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
