"""Phones and addresses that many people give, as a switchboard or `info@`: they join nobody.

Two people are different when they give different names and different other points.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from services.intake.domain.keys import ContactPoint
from shared.contracts.inquiry import ContactDetails

# So many different people may give one phone or address; with one more it is a shared one.
PEOPLE_OF_A_POINT = 2
_SEPARATOR = "."


def people_with(
    people: Sequence[str], point: ContactPoint, contact: ContactDetails
) -> tuple[str, ...]:
    """The people who gave the point, with whoever gives it now if that is somebody else.

    An inquiry needs a name and a point of the other kind to count as somebody else.
    """
    name = _folded(contact.name or f"{contact.first_name or ''} {contact.last_name or ''}")
    others = contact.emails if point.kind == "phone" else contact.phones
    if len(people) > PEOPLE_OF_A_POINT or not name or not others:
        return tuple(people)
    halves = (_digest(name), _digest(others[0]))
    for person in people:
        if set(person.split(_SEPARATOR)) & set(halves):
            return tuple(people)
    return (*people, _SEPARATOR.join(halves))


def leads_further(point: ContactPoint, contact: ContactDetails) -> bool:
    """Whether digits are to be dialled after the number, which then is a switchboard's."""
    return point.kind == "phone" and point.value in contact.extensions


def is_shared(people: Sequence[str], *, verdict: bool | None) -> bool:
    """`verdict` is the operator's; without one (None) the number of people decides."""
    return len(people) > PEOPLE_OF_A_POINT if verdict is None else verdict


@lru_cache(maxsize=16)  # an inquiry gives several points, but one name
def _folded(name: str) -> str:
    """A name without case, accents, punctuation and order."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign if sign.isalnum() else " " for sign in plain if sign.isprintable())
    return " ".join(sorted(letters.split()))


def _digest(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
