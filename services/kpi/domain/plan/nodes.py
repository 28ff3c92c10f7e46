"""Nodes of the cube: on each axis one value, or all of them."""

from typing import Final, Literal, NamedTuple, get_args

AxisName = Literal["region", "month", "product", "party", "seller", "nature"]
PartAxis = Literal["region", "product", "party", "seller", "nature"]
NamedAxis = Literal["region", "product", "party", "seller"]
Measure = Literal["revenue", "quantity"]
Nature = Literal["guaranteed", "planned"]
AXES: Final[tuple[AxisName, ...]] = get_args(AxisName)
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
NATURES: Final[tuple[Nature, ...]] = get_args(Nature)


class Node(NamedTuple):
    """The number of a value on each axis, from 0; None stands for all."""

    region: int | None = None
    month: int | None = None
    product: int | None = None
    party: int | None = None
    seller: int | None = None
    nature: int | None = None

    def covers(self, other: "Node") -> bool:
        """Whether all of the other lies in this one."""
        return all(own is None or own == their for own, their in zip(self, other, strict=True))

    def meets(self, region: int, product: int) -> bool:
        """Whether something of a region and a product lies in it."""
        return self.region in {None, region} and self.product in {None, product}

    def at(self, axis: AxisName, number: int) -> "Node":
        """The child of one value of an axis."""
        return self._replace(**{axis: number})


WHOLE: Final = Node()
