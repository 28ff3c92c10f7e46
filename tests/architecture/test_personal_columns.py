"""No column that could hold a person's words is forgotten by an erasure."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import ARRAY

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.erasing import IMPERSONAL as KEPT
from shared.contracts.erasing import PARTS
from shared.messaging.schema import MESSAGING_V1
from tests.architecture.personal_columns import BLANKED, IMPERSONAL
from tests.architecture.tree import ROOT

SERVICES = ("intake", "routing", "history", "kpi")
WORDY = (String, JSON, LargeBinary)
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*)\)$", re.DOTALL)
_COLUMN = re.compile(r"(\w+) (?:text|json|bytea)\b")
# Where each service blanks its own columns.
ROOMS: Mapping[str, tuple[str, ...]] = {
    "intake": ("services/intake/repository/erasure",),
    "routing": ("services/routing/repository/erasure.py",),
    "history": ("services/history/repository/blanking.py", "services/history/repository/cards"),
    "kpi": (
        "services/kpi/repository/facts.py",
        "services/kpi/repository/money/sales.py",
    ),
    "messaging": (
        "shared/messaging/consumer/arrivals.py",
        "shared/messaging/outbox/blanking.py",
    ),
}


def _columns_of(service: str) -> set[tuple[str, str]]:
    if service == "messaging":
        return set(_of_messaging())
    metadata: MetaData = import_module(f"services.{service}.tables").metadata
    return {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(
            column.type.item_type if isinstance(column.type, ARRAY) else column.type, WORDY
        )
    }


def _of_messaging() -> Iterator[tuple[str, str]]:
    for statement in MESSAGING_V1:
        table = _TABLE.match(statement)
        if table is not None:
            yield from ((table[1], name) for name in _COLUMN.findall(table[2]))


def _pairs(columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for table, names in columns.items():
        yield from ((table, name) for name in names.split())


@pytest.mark.parametrize("service", [*SERVICES, "messaging"])
def test_every_column_of_words_is_blanked_or_says_why_it_names_nobody(service: str) -> None:
    blanked = list(_pairs(BLANKED[service]))
    impersonal = [pair for part in IMPERSONAL[service].values() for pair in _pairs(part)]

    assert set(blanked).isdisjoint(impersonal)
    assert len(set(impersonal)) == len(impersonal), "a column has one reason"
    assert {*blanked, *impersonal} == _columns_of(service)


@pytest.mark.parametrize("service", ROOMS)
def test_what_is_to_be_blanked_is_named_where_it_is_blanked(service: str) -> None:
    files = [
        file
        for room in ROOMS[service]
        for file in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).glob("*.py")))
    ]
    text = "\n".join(Path(file).read_text(encoding="utf-8") for file in files)

    for table, column in _pairs(BLANKED[service]):
        assert re.search(rf"\b{table}\b", text), table
        assert re.search(rf"\b{column}\b", text), f"{table}.{column}"


@pytest.mark.parametrize("name", sorted(EVENT_BY_TYPE))
def test_whatever_is_not_kept_of_an_event_can_be_left_out(name: str) -> None:
    """A member without a default stays when it is not listed, and so must be no one's word."""
    fields = EVENT_BY_TYPE[name].model_fields
    if "contact_id" not in fields:
        return
    required = {name for name, field in fields.items() if field.is_required()}

    assert required <= {*KEPT, *PARTS, "reason"}, "a personal member needs a default"
    assert KEPT.isdisjoint(PARTS)
