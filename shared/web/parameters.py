"""Query parameters that a route does not know are refused: a misspelt filter that nobody reads
gives numbers of everything, and they look right.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.errors import InvalidError
from shared.validation import escaped

MOST_TOLD = 10  # faults of one request
LONGEST_COMPARED = 64  # characters of a name whose nearest spelling is looked for
_DECLARED = "leadflow.parameters"
Parameters = Mapping[str, bool]  # name → whether it may be given several times


def require_known(request: Request) -> None:
    """Raises InvalidError that names each query parameter which the route does not declare, and
    each that is given more often than it is read.
    """
    if not request.scope["query_string"]:
        return
    several = _parameters_of(request.scope["route"])
    counts = Counter(name for name, _ in request.query_params.multi_items())
    if faults := [*islice(_faults(counts, several), MOST_TOLD)]:
        raise InvalidError("The call does not take these parameters.", errors=faults)


def _unknown(name: str, names: Sequence[str]) -> tuple[str, str]:
    """Pointer and detail of a parameter that is none of the known, the nearest spelling first."""
    near = sorted(names, key=lambda one: -_likeness(name, one))
    detail = f"the call takes {', '.join(near)}" if near else "the call takes no parameters"
    return f"/{escaped(name)}", f"there is no such parameter: {detail}"


def _faults(counts: Mapping[str, int], several: Parameters) -> Iterator[tuple[str, str]]:
    names = [*several]
    for name, count in counts.items():
        if name not in several:
            yield _unknown(name, names)
        elif count > 1 and not several[name]:
            yield f"/{escaped(name)}", "may be given once"


def _likeness(name: str, other: str) -> float:
    if len(name) > LONGEST_COMPARED:
        return 0.0
    return SequenceMatcher(None, name.casefold(), other.casefold(), autojunk=False).ratio()


def _parameters_of(route: APIRoute) -> Parameters:
    """What a route declares, with all its dependencies; worked out at its first call."""
    parameters: Parameters | None = vars(route).get(_DECLARED)
    if parameters is None:
        parameters = vars(route)[_DECLARED] = declared(route.dependant)
    return parameters


def declared(dependant: Dependant) -> Parameters:
    """The query parameters of a route: its own, those of its models and of its dependencies."""
    own = Dependant(query_params=dependant.query_params)
    parameters = {
        field.alias: _is_list(field.field_info.annotation) for field in get_flat_params(own)
    }
    for inner in dependant.dependencies:
        parameters.update(declared(inner))
    return parameters


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))
