"""Who may call a route. Every route has a rule, `Allow(…)` or `PUBLIC`: a test sees to it.

Whom a rule lets in is asked next whether the route knows what is asked of it, and whether the body
says one thing only.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from shared.errors import ForbiddenError
from shared.web.json_bodies import require_plain
from shared.web.pagination import note_list
from shared.web.parameters import require_known
from shared.web.tokens import ROLES, Caller, TokenKeys

_bearer = HTTPBearer(
    auto_error=False,
    description="A token from `./leadflow token --role …`, "
    "in containers from `docker compose run --rm token --role …`",
)


class Allow:
    """A dependency that gives the Caller of one of these roles; admin is always among them.

    Raises UnauthenticatedError, ForbiddenError, and InvalidError for unknown parameters and for
    bodies that are ambiguous.
    """

    def __init__(self, *roles: str) -> None:
        unknown = set(roles) - set(ROLES)
        if unknown:
            raise ValueError(f"unknown roles: {sorted(unknown)}")
        self.roles = frozenset({*roles, "admin"})

    async def __call__(
        self, request: Request, _described: Annotated[object, Depends(_bearer)]
    ) -> Caller:
        caller = caller_of(request)
        if caller.role not in self.roles:
            raise ForbiddenError("This role may not do that.")
        require_known(request)
        await require_plain(request)
        note_list(request.scope["path"], request.query_params.multi_items())
        return caller


def caller_of(request: Request) -> Caller:
    """Who presents the request's bearer token. Raises UnauthenticatedError."""
    keys: TokenKeys = request.app.state.keys
    return keys.caller(request.headers.get("authorization"), now=request.app.state.clock())


async def public() -> None:
    """The rule of a route that anybody may call, with any parameters: probes add theirs."""


PUBLIC = Depends(public)
