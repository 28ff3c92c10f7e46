"""Sums of sales of few values, picked out of those of all. Whoever imports this loads numpy."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from services.kpi.domain.sale_columns.sold import Ints
from services.kpi.domain.sale_columns.stretches import Names, Stretch


def picked(stretches: Sequence[Stretch], axis: str, values: Collection[str]) -> list[Stretch]:
    """Of sums those of these values of the axis: of few values nearly all is left out before
    columns are joined. A stretch that has little else stays whole.
    """
    rest = []
    for one in stretches:
        column: Names = getattr(one, f"{axis}s")
        is_in = np.array([name in values for name in column.names], np.bool_)
        places = np.flatnonzero(is_in[np.frombuffer(column.places, ">u4")])
        if 2 * len(places) > len(one.ats) // 8:
            rest.append(one)
        elif len(places):
            rest.append(_only(one, axis, places))
    return rest


def _only(one: Stretch, axis: str, places: Ints) -> Stretch:
    """The columns of sums, of some of them."""

    def part(column: bytes, kind: str) -> bytes:
        return np.frombuffer(column, kind)[places].tobytes()

    def names(column: Names) -> Names:
        return Names(part(column.places, ">u4"), column.names)

    members: dict[str, Any] = {f"{axis}s": names(getattr(one, f"{axis}s"))}
    if isinstance(one.amounts, bytes):
        members["amounts"] = part(one.amounts, ">i8")
    else:
        members["amounts"] = [one.amounts[place] for place in places.tolist()]
    return Stretch(
        ats=part(one.ats, ">i8"),
        counts=part(one.counts, ">i4") if one.counts else b"",
        currencies=names(one.currencies),
        **members,
    )
