"""What became of the people of a list, from sales as arrays."""

from typing import Final, NamedTuple

import numpy as np

from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.domain.sale_columns.coding import told_apart
from services.kpi.domain.sale_columns.sold import Bools, Sold

_MEMBER: Final = np.dtype([("high", ">u8"), ("low", ">u8"), ("is_held_back", "?")])
_PERSON: Final = np.dtype([("high", ">u8"), ("low", ">u8")])


class _People(NamedTuple):
    """Of everybody whether they were to be asked, were held back, came, and bought."""

    asked: Bools
    held_back: Bools
    came: Bools
    bought: Bools


def outcomes_of(sold: Sold, members: bytes) -> tuple[Outcome, Outcome]:
    """Of those who were to be asked, and of those held back. Whoever has become one person with
    others of the list counts once; of a person who was asked and held back as well, nothing can be
    said.
    """
    people = _people(sold, members, b"")
    return (
        _outcome(people.asked & ~people.held_back, people),
        _outcome(people.held_back & ~people.asked, people),
    )


def asked_of(sold: Sold, members: bytes, came: bytes) -> Outcome:
    """Of those who were to be asked, and came."""
    people = _people(sold, members, came)
    return _outcome(people.asked & ~people.held_back & people.came, people)


def _people(sold: Sold, members: bytes, came: bytes) -> _People:
    listed, visitors = np.frombuffer(members, _MEMBER), np.frombuffer(came, _PERSON)
    high, low = (
        np.concatenate([listed[half].astype(np.uint64), visitors[half].astype(np.uint64), of_sales])
        for half, of_sales in zip(("high", "low"), sold.people(), strict=True)
    )
    everybody, codes = told_apart(high, low)
    of_listed, of_visitors, of_sales = np.split(codes, [len(listed), len(listed) + len(visitors)])
    is_held_back = listed["is_held_back"]
    each = (of_listed[~is_held_back], of_listed[is_held_back], of_visitors, of_sales)
    marks = [np.zeros(len(everybody), np.bool_) for _ in each]
    for mark, codes_of in zip(marks, each, strict=True):
        mark[codes_of] = True
    return _People(*marks)


def _outcome(group: Bools, people: _People) -> Outcome:
    return Outcome(int(group.sum()), int((group & people.bought).sum()))
