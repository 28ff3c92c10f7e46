"""A pool whose policy uses every part of a decision, managers who differ in all of them, and leads
that have the traits: what the path costs at its dearest.
"""

from collections.abc import Mapping
from typing import Any, Final

POLICY: Final[Mapping[str, Any]] = {
    "score": {"load": 1.0, "fairness": 0.5, "fit": 0.1, "plan": 0.1},
    "units": {"call": 1.5, "form": 1.0},
    "stage_units": {"new": 1.0},
    "priority_units": {"high": 1.5, "normal": 1.0},
    "fading": [{"after_hours": 72.0, "factor": 0.5}],
    "skills": {"sales": 1.0},
    "nice_skills": {"equipment": 2.0},
    "match": ["language"],
    "prefer": ["region", "product"],
}
_TRAITS: Final = (
    b'"language":"ru","region":"\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",'
    b'"product_interest":"lathe",'
)
_REGIONS: Final = ("Москва", "Казань", "Пермь")
_PRODUCTS: Final = ("lathe", "press")
_WEIGHTS: Final = (0.5, 1.0, 2.0)


def with_traits(body: bytes) -> bytes:
    """The native inquiry `body` with a language, a region and a product."""
    return body.replace(b"{", b"{" + _TRAITS, 1)


def traits_of(number: int) -> dict[str, Any]:
    """What sets the `number`-th manager apart, as members of the API's manager."""
    return {
        "skills": {"sales": 2.0, "equipment": float(number % 4)},
        "languages": ["ru", "en"] if number % 3 == 0 else ["ru"],
        "regions": [_REGIONS[number % len(_REGIONS)]],
        "products": [_PRODUCTS[number % len(_PRODUCTS)]],
        "weight": _WEIGHTS[number % len(_WEIGHTS)],
        "hourly_limit": 100_000,
        "daily_limit": 100_000,
    }
