"""Tags and fields: their definitions, and what is set on a person."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.history.domain.labels import MAX_TAGS, MAX_TEXT
from services.history.use_cases.cards.definitions import FieldContent
from services.history.use_cases.cards.labels import LabelChange
from services.history.use_cases.cards.show import Labels
from shared.text import ONE_LINE, require_storable_tree
from shared.validation import MemberError

KEY_PATTERN = "^[a-z0-9][a-z0-9_-]{0,49}$"
MAX_OPTIONS = 100
Name = Annotated[str, Field(min_length=1, max_length=100), ONE_LINE]
Key = Annotated[str, Field(pattern=KEY_PATTERN)]


def _different(options: list[str]) -> list[str]:
    if len(set(options)) < len(options):
        raise ValueError("each option stands once")
    return options


class TagIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    version: int


class FieldIn(BaseModel):
    """A field of the customer base; `options` are the values of one of type `one_of`."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    type: Literal["text", "number", "date", "boolean", "one_of"]
    options: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT), ONE_LINE]],
        Field(max_length=MAX_OPTIONS),
        AfterValidator(_different),
    ] = []

    @model_validator(mode="after")
    def _options_of_one_of(self) -> Self:
        if (self.type == "one_of") != bool(self.options):
            raise MemberError("options", "they belong to the type one_of, which needs them")
        return self

    def content(self) -> FieldContent:
        return FieldContent(self.name, self.type, self.options)


class FieldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    type: str
    options: list[str]
    version: int


class TagsOut(BaseModel):
    items: list[TagOut]


class FieldsOut(BaseModel):
    items: list[FieldOut]


def _storable(fields: dict[str, Any]) -> dict[str, Any]:
    for value in fields.values():
        if isinstance(value, dict | list):
            raise ValueError("a value is a text, a number, true, false or null")  # noqa: TRY004
        require_storable_tree(value)
    return fields


class LabelsIn(BaseModel):
    """`tags` are all that the person is to have; without them they stay. A field that is null is
    emptied, one that is not named stays.
    """

    model_config = ConfigDict(extra="forbid")

    tags: Annotated[list[Key], Field(max_length=MAX_TAGS)] | None = None
    fields: Annotated[dict[Key, Any], Field(max_length=100), AfterValidator(_storable)] = Field(
        default_factory=dict
    )

    def change(self) -> LabelChange:
        return LabelChange(self.tags, self.fields)


class FieldValueOut(BaseModel):
    """A value, when it was set, by whom, and on which contact of the person."""

    model_config = ConfigDict(from_attributes=True)

    value: Any
    set_at: datetime
    set_by: str
    contact_id: UUID


class ShownFieldOut(FieldValueOut):
    """The youngest value counts; `others` are different ones of other contacts of the person."""

    others: list[FieldValueOut]


class LabelsOut(BaseModel):
    """What was set by hand on a person's contacts; `version` goes into `If-Match`."""

    version: int
    tags: list[str]
    fields: dict[str, ShownFieldOut]

    @classmethod
    def of(cls, labels: Labels) -> Self:
        return cls(
            version=labels.version,
            tags=list(labels.tags),
            fields={
                name: ShownFieldOut(
                    **FieldValueOut.model_validate(field.counting).model_dump(),
                    others=[FieldValueOut.model_validate(item) for item in field.others],
                )
                for name, field in labels.fields.items()
            },
        )
