"""What a segment may ask of a card, and by which operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds. CHOICES is a list of texts, IDS one of ids."""

    TEXT = "text"
    CHOICES = "choices"
    IDS = "ids"
    NUMBER = "number"
    MOMENT = "moment"
    DATE = "date"
    FLAG = "flag"


OPERATIONS: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"is", "contains", "begins_with", "known"}),
    Kind.CHOICES: frozenset({"has_any", "has_all", "known"}),
    Kind.IDS: frozenset({"has_any", "has_all", "known"}),
    Kind.NUMBER: frozenset({"equals", "at_least", "at_most", "known"}),
    Kind.MOMENT: frozenset({"during", "before", "after", "known"}),
    Kind.DATE: frozenset({"during", "before", "after", "known"}),
    Kind.FLAG: frozenset({"is", "known"}),
}
# Name in the language → (column of the card, kind).
FIELDS: Mapping[str, tuple[str, Kind]] = {
    "name": ("name", Kind.TEXT),
    "company": ("company", Kind.TEXT),
    "phones": ("phones", Kind.CHOICES),
    "emails": ("emails", Kind.CHOICES),
    "channels": ("channels", Kind.CHOICES),
    "sources": ("source_ids", Kind.IDS),
    "regions": ("regions", Kind.CHOICES),
    "cities": ("cities", Kind.CHOICES),
    "products": ("products", Kind.CHOICES),
    "campaigns": ("campaigns", Kind.CHOICES),
    "languages": ("languages", Kind.CHOICES),
    "owners": ("owner_ids", Kind.IDS),
    "open_stages": ("open_stages", Kind.CHOICES),
    "stages_reached": ("stages_reached", Kind.CHOICES),
    "tags": ("tags", Kind.CHOICES),
    "consents": ("purposes", Kind.CHOICES),
    "do_not_contact": ("do_not_contact", Kind.CHOICES),
    "first_seen": ("first_seen_at", Kind.MOMENT),
    "last_seen": ("last_seen_at", Kind.MOMENT),
    "last_touch": ("last_touch_at", Kind.MOMENT),
    "first_purchase": ("first_purchase_at", Kind.MOMENT),
    "last_purchase": ("last_purchase_at", Kind.MOMENT),
    "inquiry_count": ("inquiry_count", Kind.NUMBER),
    "activity_count": ("activity_count", Kind.NUMBER),
    "open_lead_count": ("open_lead_count", Kind.NUMBER),
    "won_lead_count": ("won_lead_count", Kind.NUMBER),
    "lost_lead_count": ("lost_lead_count", Kind.NUMBER),
    "purchase_count": ("purchase_count", Kind.NUMBER),
}
CUSTOM = "custom."  # what begins so is a field that supervisors have defined
_KIND_OF_TYPE: Mapping[str, Kind] = {
    "text": Kind.TEXT,
    "one_of": Kind.TEXT,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "boolean": Kind.FLAG,
}
# What can be counted or summed within a window, and by which facts it can be narrowed.
MEASURES: Mapping[str, frozenset[str]] = {
    "inquiries": frozenset({"channel", "source"}),
    "activities": frozenset({"kind", "direction"}),
    "stages": frozenset({"stage"}),
    "purchases": frozenset({"product", "currency"}),
    "spent": frozenset({"product", "currency"}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """`column` of the card, or with `custom` the key of a defined field."""

    name: str
    kind: Kind
    column: str | None = None
    custom: str | None = None


def field_of(name: str, custom_types: Mapping[str, str]) -> Field | None:
    """The field of this name, if there is one; `custom_types`: types of defined fields by key."""
    if name in FIELDS:
        column, kind = FIELDS[name]
        return Field(name, kind, column=column)
    key = name.removeprefix(CUSTOM)
    if key != name and key in custom_types:
        return Field(name, _KIND_OF_TYPE[custom_types[key]], custom=key)
    return None
