"""Imports of tables as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.intake.domain.imports import ImportState, ImportWish, is_place
from shared.database import Row
from shared.text import ONE_LINE, Text

Column = Annotated[Text, Field(min_length=1, max_length=300)]


def _place(path: str) -> str:
    if not is_place(path):
        raise ValueError("an inquiry has no such place; contact.phones, text, call.from are some")
    return path


Place = Annotated[Text, Field(min_length=1, max_length=200), AfterValidator(_place)]


class WishIn(BaseModel):
    """How the table is read. `columns`: name of a column → its place in the inquiry
    (`contact.phones`, `text`, `call.started_at`, `fields.<label>`); other columns are read by their
    names. `constants`: place → value, the same for all rows. `sheet`, `encoding` and `delimiter`
    are found out if they are left out.
    """

    model_config = ConfigDict(extra="forbid")

    columns: Annotated[dict[Column, Place], Field(max_length=200)] = {}
    constants: Annotated[
        dict[Place, Annotated[Text, Field(max_length=1000)]], Field(max_length=50)
    ] = {}
    sheet: Annotated[Text | None, Field(max_length=200)] = None
    encoding: Annotated[Text | None, Field(pattern="^[A-Za-z0-9_.-]{2,30}$")] = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None

    def wish(self) -> ImportWish:
        return ImportWish(
            columns=self.columns,
            constants=self.constants,
            sheet=self.sheet,
            encoding=self.encoding,
            delimiter=self.delimiter,
        )


class ImportIn(WishIn):
    """`source` is the key or id of a source of the adapter csv-import. A dry run stores nothing."""

    source: Annotated[Text, Field(min_length=3, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
    dry_run: bool = False


class RunIn(BaseModel):
    """Run an ended dry run anew; `table`, if given, says how its file is to be read now."""

    model_config = ConfigDict(extra="forbid")

    table: WishIn | None = None
    dry_run: bool = False
    again: bool = False


class ImportOut(BaseModel):
    """`rows` is null until they are counted. `rows_at_fault` are listed in `faults.csv`. The
    `preview` of a dry run has the columns, those asked for that are missing, and the first rows.
    """

    import_id: UUID
    source_id: UUID
    name: str
    state: ImportState
    dry_run: bool
    rows: int | None
    rows_done: int
    rows_at_fault: int
    failure: str | None
    preview: dict[str, Any] | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None


def import_out(row: Row) -> ImportOut:
    return ImportOut(**{name: row[name] for name in ImportOut.model_fields})
