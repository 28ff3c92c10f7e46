"""Groups of roles, and the routes that every service has."""

from shared.web.tokens import ROLES

EVERYBODY = frozenset({*ROLES, "nobody"})


def only(*roles: str) -> frozenset[str]:
    """The admin may do everything."""
    return frozenset({*roles, "admin"})


ADMIN = only()
OVERSEER = only("supervisor")
SELLER = only("supervisor", "manager")
PEER = only("service")

EACH = {
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /v1/journal": PEER,
    "GET /v1/journal/state": PEER,
    "GET /v1/journal/heads": PEER,
    "POST /v1/journal/lacking": PEER,
    "GET /v1/consumed/digest": PEER,
    "GET /v1/consumed/heights": PEER,
    "POST /v1/recovery/overrule": only("ops"),
    "GET /v1/held": only("ops"),
    "POST /v1/held/replay": only("ops"),
}
LISTENER = {
    **EACH,
    "GET /v1/reconciliation": PEER,
    "GET /v1/reconciliation/ids": PEER,
    "GET /v1/erasure-preview": PEER,
    "GET /v1/erasure-receipts/{erasure_id}": PEER,
}
