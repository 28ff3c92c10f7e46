"""Apps of tests share what FastAPI works out of a route when it is included.

A suite makes thousands of apps of four services, each of them anew. Their routes are the same, so
is what inclusion makes of them; to work that out takes longer than most tests. Of the app itself it
knows only where dependencies are replaced, which nobody here does.
"""

from typing import Any

from fastapi import routing


def share_routes() -> None:
    contexts: Any = routing._EffectiveRouteContext
    work_out = contexts.from_api_route

    def shared(*, original_route: Any, include_context: Any) -> Any:
        known = original_route.__dict__.setdefault("_shared_contexts", {})
        if include_context.prefix not in known:
            known[include_context.prefix] = work_out(
                original_route=original_route, include_context=include_context
            )
        return known[include_context.prefix]

    contexts.from_api_route = staticmethod(shared)
