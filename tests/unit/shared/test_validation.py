"""What is wrong with a body is said in our own words, with a pointer to it."""

from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from shared.validation import MemberError, faults


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("is an even number")
    return number


class _Inner(BaseModel):
    sizes: dict[str, Annotated[int, AfterValidator(_even)]]


class _Body(BaseModel):
    inner: _Inner


@pytest.mark.parametrize(
    ("sizes", "pointer", "detail"),
    [
        ({"a": 1}, "/at/inner/sizes/a", "is an even number"),
        ({"a/b~c": 3}, "/at/inner/sizes/a~1b~0c", "is an even number"),
        ({"a": "much"}, "/at/inner/sizes/a", "Input should be a valid integer"),
    ],
)
def test_a_fault_has_its_place_and_plain_words(
    sizes: dict[str, object], pointer: str, detail: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        _Body.model_validate({"inner": {"sizes": sizes}})

    [(place, words)] = faults(refusal.value.errors(), at="/at")

    assert place == pointer
    assert words.startswith(detail)


class _Word(BaseModel):
    word: Annotated[Annotated[str, AfterValidator(str.strip)], Field(min_length=1, max_length=3)]
    plain: Annotated[str, Field(min_length=1, max_length=3)]


@pytest.mark.parametrize("word", ["", "four"])
def test_a_text_has_characters_whoever_has_seen_it_before(word: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        _Word(word=word, plain=word)
    (_, seen), (_, plain) = faults(refusal.value.errors())
    assert seen == plain


class _Pair(BaseModel):
    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise MemberError("last", "it ends before it begins")
        return self


class _Pairs(BaseModel):
    pairs: list[_Pair]


@pytest.mark.parametrize(
    ("model", "body", "pointer"),
    [
        (_Pair, {"first": 2, "last": 1}, "/last"),
        (_Pairs, {"pairs": [{"first": 1, "last": 2}, {"first": 2, "last": 1}]}, "/pairs/1/last"),
        (_Pair, [], ""),
    ],
)
def test_a_look_at_several_members_names_the_one_at_fault(
    model: type[BaseModel], body: object, pointer: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        model.model_validate(body)

    assert [place for place, _ in faults(refusal.value.errors())] == [pointer]


def test_what_two_parts_of_a_route_find_is_told_once() -> None:
    found = {"type": "missing", "loc": ("query", "from"), "msg": "Field required"}

    assert faults([found, found]) == [("/from", "Field required")]


class _Circle(BaseModel, extra="forbid"):
    kind: Literal["circle"]
    radius: int


class _Square(BaseModel, extra="forbid"):
    kind: Literal["square"]
    sides: list[int]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(set(self.sides)) > 1:
            raise ValueError("has equal sides")
        return self


class _Shapes(BaseModel):
    shapes: list[Annotated[_Circle | _Square, Field(discriminator="kind")]] = []
    colours: list[Literal["red", "blue"] | dict[str, int]] = []


@pytest.mark.parametrize(
    ("shape", "pointer"),
    [
        ({"kind": "circle"}, "/shapes/0/radius"),
        ({"kind": "circle", "radius": "much"}, "/shapes/0/radius"),
        ({"kind": "circle", "radius": 1, "colour": 1}, "/shapes/0/colour"),
        ({"kind": "square", "sides": [1, "b"]}, "/shapes/0/sides/1"),
        ({"kind": "square", "sides": [1, 2]}, "/shapes/0"),
        ({"kind": "moon"}, "/shapes/0"),
        ({"kind": "circle", "radius": None}, "/shapes/0/radius"),
        ({"radius": 1}, "/shapes/0"),
    ],
)
def test_a_pointer_leads_to_a_place_of_the_body_where_it_is_one_of_several_models(
    shape: dict[str, Any], pointer: str
) -> None:
    body = {"shapes": [shape]}
    with pytest.raises(ValidationError) as refusal:
        _Shapes.model_validate(body)

    [(place, _)] = faults(refusal.value.errors(), body=body)

    assert place == pointer


@pytest.mark.parametrize(
    ("colour", "pointers"),
    [
        ("green", {"/colours/0"}),
        (None, {"/colours/0"}),
        ({"a": "b"}, {"/colours/0", "/colours/0/a"}),
    ],
)
def test_a_pointer_names_no_type(colour: Any, pointers: set[str]) -> None:
    body = {"colours": [colour]}
    with pytest.raises(ValidationError) as refusal:
        _Shapes.model_validate(body)

    found = faults(refusal.value.errors(), body=body)

    assert {place for place, _ in found} == pointers
