"""Rules and recipients: what is configured begins anew, is tried, or is refused by name."""

from typing import Any
from uuid import UUID

import pytest

from services.kpi.repository.deliveries.recipients import get_recipient
from services.kpi.schemas.recipients import RecipientOut
from shared.database import transaction
from tests.integration.kpi.alerting import HEAD, Alerting, a_rule
from tests.support.event_streams import some_id
from tests.support.http_client import Door


async def test_a_trial_tells_what_is_and_raises_nothing(alerting: Alerting) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    rule = await a_rule(alerting, recipient)
    answer = await alerting.ask("POST", f"/v1/alert-rules/{rule['rule_id']}/try")
    assert answer.json()["findings"] == [
        {"key": "", "label": None, "breached": True, "value": "0", "before": "0", "count": 0}
    ]
    assert await alerting.items("/v1/alerts") == []


async def test_without_a_mail_server_mails_are_said_to_lack_one(alerting: Alerting) -> None:
    """The door of these tests knows no server."""
    mailed = await alerting.add("/v1/recipients", name="Head", **HEAD)
    assert mailed["lacks"] == ["mail_server"]
    posted = await alerting.add("/v1/recipients", name="Desk", url="https://desk.example/hook")
    assert posted["lacks"] == []
    found = {item["name"]: item["lacks"] for item in await alerting.items("/v1/recipients")}
    assert found == {"Head": ["mail_server"], "Desk": []}
    path = f"/v1/recipients/{mailed['recipient_id']}"
    assert (await alerting.ask("GET", path)).json()["lacks"] == ["mail_server"]
    body = {"name": "Head", **HEAD}
    answer = await alerting.ask("PUT", path, json=body, headers={"If-Match": '"1"'})
    assert answer.json()["lacks"] == ["mail_server"]
    async with transaction(alerting.database) as session:
        row = await get_recipient(session, UUID(mailed["recipient_id"]))
    assert RecipientOut.of(row, has_mail=True).lacks == []


async def test_a_webhook_into_a_private_network_is_refused_when_it_is_set(door: Door) -> None:
    """The door of others calls no receivers in its own network."""
    desk = {"name": "Desk", "url": "https://192.0.2.1/"}
    for url in ("https://192.0.2.1/", "https://localhost/hook", "https://[::1]/"):
        answer = await door.client.post(
            "/v1/recipients", json={**desk, "url": url}, headers=door.as_("admin")
        )
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/url"
        assert error["detail"] == "names an address that lies in no public network"


async def test_inside_one_network_the_keys_of_a_cloud_are_no_receiver(alerting: Alerting) -> None:
    desk = {"name": "Desk", "url": "http://192.0.2.1/"}
    made = await alerting.add("/v1/recipients", **desk)
    path = f"/v1/recipients/{made['recipient_id']}"
    body = {**desk, "url": "http://169.254.169.254/"}
    answer = await alerting.ask("PUT", path, json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/url"]


async def test_a_rule_that_says_something_else_begins_anew(alerting: Alerting) -> None:
    recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
    rule = await a_rule(alerting, recipient)
    await alerting.look()
    body = {name: rule[name] for name in ("name", "indicator", "comparison", "recipient_ids")}
    path, seen = f"/v1/alert-rules/{rule['rule_id']}", {"If-Match": '"1"'}
    answer = await alerting.ask("PUT", path, json={**body, "threshold": 0}, headers=seen)
    assert answer.status_code == 200, answer.text
    assert await alerting.items("/v1/alerts?open=true") == []
    answer = await alerting.ask("PUT", path, json={**body, "threshold": 1}, headers=seen)
    assert (answer.status_code, answer.json()["version"]) == (409, 2)
    answer = await alerting.ask("DELETE", f"/v1/recipients/{recipient['recipient_id']}")
    assert answer.status_code == 409
    assert (await alerting.ask("DELETE", path)).status_code == 204
    answer = await alerting.ask("DELETE", f"/v1/recipients/{recipient['recipient_id']}")
    assert answer.status_code == 204
    assert len(await alerting.items("/v1/alerts")) == 1


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/recipients", {"name": "x"}, "/mails"),
        ("/v1/recipients", {"name": "x", "mails": ["not one"]}, "/mails/0"),
        ("/v1/recipients", {"name": "x", "mails": ["a@b.example\r\nBcc: x@y.example"]}, "/mails/0"),
        ("/v1/recipients", {"name": "x", "url": "ftp://host/"}, "/url"),
        ("/v1/recipients", {"name": "x", "url": "http://169.254.169.254/#x"}, "/url"),
        ("/v1/recipients", {"name": "x", **HEAD, "time_zone": "Mars/Olympus"}, "/time_zone"),
        ("/v1/recipients", {"name": "x", **HEAD, "quiet_from": "22:00"}, "/quiet_to"),
        ("/v1/recipients", {"name": "x", **HEAD, "quiet_from": 22, "quiet_to": "8"}, "/quiet_from"),
        ("/v1/recipients", {"name": "x", **HEAD, "quiet_from": 22, "quiet_to": "8"}, "/quiet_to"),
        ("/v1/alert-rules", {"indicator": "beauty"}, "/indicator"),
        ("/v1/alert-rules", {"axis": "planet"}, "/axis"),
        ("/v1/alert-rules", {"threshold": -1}, "/threshold"),
        ("/v1/alert-rules", {"window_hours": 745}, "/window_hours"),
        ("/v1/alert-rules", {"recipient_ids": [str(some_id("nobody"))]}, "/recipient_ids/0"),
        ("/v1/alert-rules", {"axis": "source", "key": "site"}, "/key"),
        ("/v1/alert-rules", {"indicator": "won_amount"}, "/currency"),
        ("/v1/alert-rules", {"key": "one"}, "/key"),
        ("/v1/alert-rules", {"indicator": "utilisation", "axis": "source"}, "/axis"),
        ("/v1/alert-rules", {"indicator": "open_leads", "comparison": "rises"}, "/comparison"),
    ],
)
async def test_what_cannot_be_configured_is_named(
    alerting: Alerting, path: str, body: dict[str, Any], pointer: str
) -> None:
    if path == "/v1/alert-rules":
        recipient = await alerting.add("/v1/recipients", name="Head", **HEAD)
        whole = {"name": "x", "indicator": "received", "comparison": "below", "threshold": 1}
        body = {**whole, "recipient_ids": [recipient["recipient_id"]], **body}
    answer = await alerting.ask("POST", path, json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}, answer.text
