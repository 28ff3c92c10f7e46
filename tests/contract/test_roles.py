"""Who may call what: one hand-written row per route, tried with every role against the real apps.

Its law: a route that has no row here fails the suite, and so does a row without a route.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared.ids import new_id
from shared.web.tokens import ROLES
from tests.contract.apps import SERVICES, document_of, operations, running_app, tokens
from tests.support.infrastructure import DatabaseFactory

EVERYBODY = frozenset({*ROLES, "nobody"})


def only(*roles: str) -> frozenset[str]:
    """The admin may do everything."""
    return frozenset({*roles, "admin"})


ADMIN = only()
OVERSEER = only("supervisor")
SELLER = only("supervisor", "manager")
PEER = only("service")

_EACH = {
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
}
_LISTENER = {
    **_EACH,
    "GET /v1/reconciliation": PEER,
    "GET /v1/reconciliation/ids": PEER,
    "GET /v1/held": only("ops"),
    "POST /v1/held/replay": only("ops"),
}
ALLOWED: dict[str, dict[str, frozenset[str]]] = {
    "intake": {
        **_EACH,
        "POST /v1/inquiries": only("source"),
        "GET /v1/hooks/{source_key}": EVERYBODY,
        "POST /v1/hooks/{source_key}": EVERYBODY,
        "GET /v1/hooks/{source_key}/{rest}": EVERYBODY,
        "POST /v1/hooks/{source_key}/{rest}": EVERYBODY,
        "GET /v1/receipts/{receipt_id}": only("source", "supervisor", "ops"),
        "GET /v1/sources": ADMIN,
        "POST /v1/sources/{source}/try": ADMIN,
        "GET /v1/source-health": only("supervisor", "ops"),
        "POST /v1/inquiries/batch": only("source"),
        "POST /v1/purchases": only("source"),
        "GET /v1/purchases": OVERSEER,
        "POST /v1/imports": OVERSEER,
        "GET /v1/imports": OVERSEER,
        "GET /v1/imports/{import_id}": OVERSEER,
        "PUT /v1/imports/{import_id}/file": OVERSEER,
        "POST /v1/imports/{import_id}/run": OVERSEER,
        "POST /v1/imports/{import_id}/cancel": OVERSEER,
        "GET /v1/imports/{import_id}/faults.csv": OVERSEER,
        "POST /v1/sources": ADMIN,
        "GET /v1/sources/{source}": ADMIN,
        "PUT /v1/sources/{source}": ADMIN,
        "DELETE /v1/sources/{source}": ADMIN,
        "GET /v1/sources/{source}/snippet": ADMIN,
        "GET /v1/inquiries": OVERSEER,
        "GET /v1/inquiries/{inquiry_id}": OVERSEER,
        "GET /v1/inquiries/{inquiry_id}/attachments/{attachment_id}": OVERSEER,
        "GET /v1/contacts": OVERSEER,
        "GET /v1/contacts/{contact_id}": OVERSEER,
        "GET /v1/contacts/{contact_id}/consents": OVERSEER,
        "POST /v1/contacts/{contact_id}/consents": OVERSEER,
        "GET /v1/contacts/{contact_id}/do-not-contact": OVERSEER,
        "PUT /v1/contacts/{contact_id}/do-not-contact/{channel}": OVERSEER,
        "DELETE /v1/contacts/{contact_id}/do-not-contact/{channel}": OVERSEER,
        "POST /v1/contacts/{contact_id}/split": OVERSEER,
        "GET /v1/contact-merges": OVERSEER,
        "POST /v1/contact-merges/undo": OVERSEER,
        "POST /v1/contact-merges/{batch_id}/undo": OVERSEER,
        "PUT /v1/contact-points": OVERSEER,
        "GET /v1/contact-proposals": OVERSEER,
        "GET /v1/contact-proposals/{proposal_id}": OVERSEER,
        "POST /v1/contact-proposals/{proposal_id}/accept": OVERSEER,
        "POST /v1/contact-proposals/{proposal_id}/decline": OVERSEER,
        "GET /v1/submissions": only("supervisor", "ops"),
        "GET /v1/submissions/{submission_id}": OVERSEER,
        "GET /v1/submissions/{submission_id}/body": ADMIN,
        "POST /v1/submissions/{submission_id}/repair": OVERSEER,
        "POST /v1/submissions/{submission_id}/release": OVERSEER,
        "POST /v1/submissions/{submission_id}/reject": OVERSEER,
        "POST /v1/inquiries/{inquiry_id}/reject": OVERSEER,
        "GET /v1/blocked": OVERSEER,
        "POST /v1/blocked": OVERSEER,
        "DELETE /v1/blocked/{blocked_id}": OVERSEER,
        "POST /v1/submissions/renormalise": only("supervisor", "ops"),
        "POST /v1/renormalisations": only("supervisor", "ops"),
        "GET /v1/renormalisations": only("supervisor", "ops"),
        "GET /v1/renormalisations/{renormalisation_id}": only("supervisor", "ops"),
        "GET /v1/renormalisations/{renormalisation_id}/differences": OVERSEER,
        "POST /v1/renormalisations/{renormalisation_id}/run": only("supervisor", "ops"),
        "POST /v1/renormalisations/{renormalisation_id}/cancel": only("supervisor", "ops"),
        "GET /v1/reconciliation": only("supervisor", "ops", "service"),
    },
    "routing": {
        **_LISTENER,
        "GET /v1/managers": OVERSEER,
        "POST /v1/managers": ADMIN,
        "GET /v1/managers/{manager_id}": SELLER,
        "PUT /v1/managers/{manager_id}": ADMIN,
        "PUT /v1/managers/{manager_id}/status": SELLER,
        "POST /v1/managers/{manager_id}/leave-company/preview": OVERSEER,
        "POST /v1/managers/{manager_id}/leave-company": OVERSEER,
        "GET /v1/managers/{manager_id}/leave-company": OVERSEER,
        "POST /v1/managers/{manager_id}/leave-company/cancel": OVERSEER,
        "POST /v1/managers/{manager_id}/leave-company/undo": OVERSEER,
        "POST /v1/managers/{manager_id}/return": OVERSEER,
        "GET /v1/managers/{manager_id}/calendar": SELLER,
        "PUT /v1/managers/{manager_id}/calendar": OVERSEER,
        "DELETE /v1/managers/{manager_id}/calendar": OVERSEER,
        "POST /v1/managers/{manager_id}/leave": OVERSEER,
        "GET /v1/managers/{manager_id}/duty": SELLER,
        "GET /v1/holiday-calendars": OVERSEER,
        "GET /v1/holiday-calendars/{key}": OVERSEER,
        "PUT /v1/holiday-calendars/{key}": ADMIN,
        "DELETE /v1/holiday-calendars/{key}": ADMIN,
        "GET /v1/pools": OVERSEER,
        "POST /v1/pools": ADMIN,
        "GET /v1/pools/{key}": OVERSEER,
        "PUT /v1/pools/{key}": ADMIN,
        "DELETE /v1/pools/{key}": ADMIN,
        "GET /v1/pools/{key}/versions": OVERSEER,
        "GET /v1/pools/{key}/versions/{version}": OVERSEER,
        "POST /v1/pools/{key}/versions/{version}/restore": ADMIN,
        "POST /v1/pools/test": OVERSEER,
        "POST /v1/pools/test/batch": OVERSEER,
        "PUT /v1/pools/{key}/shadow": ADMIN,
        "DELETE /v1/pools/{key}/shadow": ADMIN,
        "GET /v1/pools/{key}/shadow/report": OVERSEER,
        "POST /v1/pools/{key}/backlog/preview": OVERSEER,
        "GET /v1/pipelines": SELLER,
        "POST /v1/pipelines": ADMIN,
        "GET /v1/pipelines/{key}": SELLER,
        "PUT /v1/pipelines/{key}": ADMIN,
        "DELETE /v1/pipelines/{key}": ADMIN,
        "GET /v1/pipelines/{key}/versions": SELLER,
        "GET /v1/pipelines/{key}/conformance": OVERSEER,
        "GET /v1/leads": SELLER,
        "GET /v1/leads/counts": SELLER,
        "POST /v1/leads/bulk": SELLER,
        "GET /v1/leads/{lead_id}": SELLER,
        "GET /v1/leads/{lead_id}/conformance": SELLER,
        "GET /v1/leads/{lead_id}/decisions": SELLER,
        "POST /v1/decisions/{decision_id}/verify": OVERSEER,
        "GET /v1/load": OVERSEER,
        "POST /v1/leads/{lead_id}/accept": SELLER,
        "POST /v1/leads/{lead_id}/decline": SELLER,
        "POST /v1/leads/{lead_id}/return": SELLER,
        "POST /v1/leads/{lead_id}/stage": SELLER,
        "POST /v1/leads/{lead_id}/won": SELLER,
        "POST /v1/leads/{lead_id}/lost": SELLER,
        "POST /v1/leads/{lead_id}/next-action": SELLER,
        "POST /v1/leads/{lead_id}/reopen": SELLER,
        "POST /v1/leads/{lead_id}/reassign": OVERSEER,
        "GET /v1/stream": SELLER,
        "GET /v1/webhooks": ADMIN,
        "POST /v1/webhooks": ADMIN,
        "GET /v1/webhooks/{webhook_id}": ADMIN,
        "PUT /v1/webhooks/{webhook_id}": ADMIN,
        "DELETE /v1/webhooks/{webhook_id}": ADMIN,
        "POST /v1/webhooks/{webhook_id}/rotate-secret": ADMIN,
        "POST /v1/webhooks/{webhook_id}/ping": ADMIN,
        "POST /v1/webhooks/{webhook_id}/replay": ADMIN,
        "GET /v1/webhooks/{webhook_id}/deliveries": ADMIN,
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": ADMIN,
    },
    "history": {
        **_LISTENER,
        "GET /v1/leads/{lead_id}/timeline": SELLER,
        "GET /v1/contacts/{contact_id}/timeline": SELLER,
        "POST /v1/activities": SELLER,
    },
    "kpi": {
        **_LISTENER,
        "GET /v1/funnel": OVERSEER,
        "GET /v1/funnel/leads": OVERSEER,
        "GET /v1/response-times": OVERSEER,
        "GET /v1/managers": SELLER,
        "GET /v1/sources": OVERSEER,
    },
}


@dataclass(frozen=True)
class Running:
    client: httpx.AsyncClient
    tokens: dict[str, str]

    async def call(self, method: str, path: str, role: str) -> httpx.Response:
        """With ids that nobody has and an empty body: only the door's opinion counts."""
        filled = re.sub(r"\{[^}]+\}", lambda _: str(new_id()), path)
        headers = {"If-Match": '"1"'}
        if role != "nobody":
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
        return await self.client.request(method, filled, headers=headers, json=body)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def running(
    service: str, migrated_database: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[Running]:
    keys = tmp_path / "keys.json"
    minted = tokens(keys)
    database_url = await migrated_database(service)
    async with running_app(service, keys=keys, database_url=database_url) as client:
        yield Running(client, minted)


def test_every_route_has_a_row_and_every_row_a_route(service: str) -> None:
    routes = {f"{method} {path}" for method, path in operations(document_of(service))}
    assert routes == set(ALLOWED[service])


async def test_every_route_lets_in_whom_it_should(service: str, running: Running) -> None:
    wrong = []
    for route, allowed in ALLOWED[service].items():
        method, path = route.split(" ")
        if "/hooks/" in path:
            continue  # a source proves itself in its provider's way, tested below
        for role in sorted(EVERYBODY):
            answer = await running.call(method, path, role)
            found = "let in"
            if answer.status_code in {401, 403}:
                found = str(answer.status_code)
                kind = answer.headers["content-type"]
                assert kind == "application/problem+json", (route, role, kind)
            expected = "let in" if role in allowed else "401" if role == "nobody" else "403"
            if found != expected or answer.status_code >= 500:
                wrong.append(f"{route} as {role}: {answer.status_code}, expected {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer not-a-token", "Basic YWRtaW46YWRtaW4=", "Bearer eyJhbGciOiJub25lIn0.e30."],
)
async def test_what_is_no_token_of_ours_is_nobody_s(
    service: str, running: Running, authorization: str
) -> None:
    for route, allowed in ALLOWED[service].items():
        method, path = route.split(" ")
        if allowed != EVERYBODY:
            filled = re.sub(r"\{[^}]+\}", lambda _: str(new_id()), path)
            answer = await running.client.request(
                method, filled, headers={"Authorization": authorization}, json={}
            )
            assert answer.status_code == 401, (route, answer.status_code)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_route_that_is_not_there_is_nobody_s(running: Running) -> None:
    for role in sorted(EVERYBODY):
        answer = await running.call("GET", "/v1/no-such-thing", role)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
