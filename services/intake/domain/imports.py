"""Imports of tables: their states, what they are told, and cells that are safe in a spreadsheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from services.intake.domain.purchases import PLACES
from shared.contracts.inquiry import Call, Campaign, Consent, ContactDetails, InquiryContent, Part

PREVIEWS: Final = 10  # rows of a dry run that are shown as inquiries
_PARTS: Final[Mapping[str, type[Part]]] = {
    "contact": ContactDetails,
    "call": Call,
    "campaign": Campaign,
    "consent": Consent,
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class ImportState(StrEnum):
    """`open` waits for its file, `queued` for its turn; the last three are ends."""

    OPEN = "open"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED})


class RowFault(StrEnum):
    """Why a row gives no inquiry."""

    NO_CONTACT = "no_contact"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ImportWish:
    """How a table is read: `columns` by their place in the inquiry (`contact.phones`), `constants`
    by theirs. `sheet`, `encoding` and `delimiter` are found out where they are None.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


def is_place(path: str) -> bool:
    """Whether a dotted path names something that an inquiry has, in names of the outside."""
    first, _, rest = path.partition(".")
    if first == "fields":
        return bool(rest)
    if first == "purchase":
        return rest in PLACES
    if first not in InquiryContent.model_fields or first in {"spam", "attachments"}:
        return False
    part = _PARTS.get(first)
    if part is None:
        return not rest
    names = {field.alias or name for name, field in part.model_fields.items()}
    head, _, below = rest.partition(".")
    return head in names and (not below or head in {"other", "click_ids", "ad", "extensions"})


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell
