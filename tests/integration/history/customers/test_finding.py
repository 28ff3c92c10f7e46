"""Whom each kind of condition finds."""

from datetime import timedelta
from typing import Any

from services.history.handlers import apply
from shared.contracts.leads import LeadStageChanged
from shared.database import Database
from tests.integration.history.customers.customers import ANNA, BORIS, bought, compute, told
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

BUYERS: dict[str, Any] = {"measure": "purchases", "op": "at_least", "value": 1}
FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"field": "name", "op": "is", "value": ["customer 1", "x"]}, {"1"}),
    ({"field": "name", "op": "begins_with", "value": "CUSTOMER"}, {"1", "2", "3"}),
    ({"field": "company", "op": "known", "value": False}, {"1", "2", "3"}),
    ({"field": "phones", "op": "has_any", "value": "+79990000001"}, {"1", "2", "3"}),
    ({"field": "phones", "op": "has_any", "value": ["8 (999) 000-00-01", "+49 30 901820"]},
     {"1", "2", "3"}),
    ({"field": "phones", "op": "has_all", "value": ["9990000001", "8 999 000 00 02"]}, {"2"}),
    ({"field": "emails", "op": "has_any", "value": [" Ivan@MAIL.example"]}, {"3"}),
    ({"not": {"field": "emails", "op": "has_all", "value": ["IVAN@mail.example"]}}, {"1", "2"}),
    ({"field": "stages_reached", "op": "has_all", "value": ["new", "offer"]}, {"1"}),
    ({"field": "open_stages", "op": "has_any", "value": "sales/offer"}, {"1"}),
    ({"field": "owners", "op": "has_any", "value": str(ANNA)}, {"1"}),
    ({"field": "purchase_count", "op": "at_least", "value": 2}, {"2"}),
    ({"field": "do_not_contact", "op": "has_any", "value": "all"}, {"3"}),
    ({"field": "last_seen", "op": "during", "value": {"this": "day"}}, {"1", "2", "3"}),
    ({"field": "last_seen", "op": "before", "value": {"ago": 1, "unit": "days"}}, set()),
    ({"field": "last_seen", "op": "after", "value": "2026-03-01T00:00:00Z"}, {"1", "2", "3"}),
    ({"field": "first_purchase", "op": "during", "value": {"previous": "month"}}, {"2"}),
    ({"field": "custom.size", "op": "at_most", "value": 5}, {"3"}),
    ({"field": "custom.size", "op": "known", "value": False}, {"1", "2"}),
    ({"field": "custom.since", "op": "during", "value": {"previous": "year"}}, {"3"}),
    ({"field": "custom.is_partner", "op": "is", "value": False}, {"3"}),
    ({"field": "custom.note", "op": "contains", "value": "АБ"}, {"3"}),
    ({"measure": "inquiries", "op": "equals", "value": 1, "where": {"channel": "form"}},
     {"1", "2", "3"}),
    ({"measure": "inquiries", "op": "at_least", "value": 1, "where": {"channel": "call"}}, set()),
    ({"measure": "stages", "op": "at_least", "value": 1, "where": {"stage": "offer"}}, {"1"}),
    ({"measure": "activities", "op": "equals", "value": 0}, {"2", "3"}),
    ({"measure": "activities", "op": "at_least", "value": 1, "where": {"kind": ["call"]},
      "during": {"last": 1, "unit": "hours"}}, {"1"}),
    ({"measure": "purchases", "op": "equals", "value": 1, "during": {"last": 7, "unit": "days"}},
     {"2"}),
    ({"measure": "spent", "op": "at_least", "value": 25.5, "where": {"currency": "RUB"}}, {"2"}),
    ({"measure": "spent", "op": "at_least", "value": 15, "where": {"currency": "RUB"},
      "during": {"last": 1, "unit": "weeks"}}, set()),
    ({"all": [{"not": {"field": "tags", "op": "has_any", "value": "vip"}},
              {"any": [BUYERS, {"field": "tags", "op": "has_any", "value": "vip"}]}]}, {"2"}),
]  # fmt: skip


async def test_what_filters_find(database: Database, door: Door) -> None:
    streams = EventStreams()
    leads = []
    people = {str(number): some_id("contact", number) for number in (1, 2, 3)}
    for number, contact in people.items():
        inquiry = streams.inquiry(number, contact=contact)
        lead = streams.opened(number, inquiry=inquiry, contact=contact)
        streams.assigned(lead, contact, ANNA if number == "1" else BORIS)
        leads.append(lead)
        if number == "1":
            streams.on_lead(LeadStageChanged, lead, contact, from_stage="new", to_stage="offer")
    bought(streams, 1, people["2"], 10)
    bought(streams, 2, people["2"], 20, purchased_at=streams.at - timedelta(days=20))
    told(streams, people["2"], name="Customer 2", phones=("+79990000001", "+79990000002"))
    points = {"phones": ("+79990000001",), "emails": ("ivan@mail.example",)}
    told(streams, people["3"], name="Customer 3", **points, do_not_contact=["all"])
    await consume(database, apply, streams.events)
    headers = door.as_("supervisor")
    types = {"size": "number", "since": "date", "is_partner": "boolean", "note": "text"}
    for key, type_ in types.items():
        body = {"name": key, "type": type_}
        await door.client.put(f"/v1/contact-fields/{key}", json=body, headers=headers)
    await door.client.put("/v1/contact-tags/vip", json={"name": "VIP"}, headers=headers)
    call = {"kind": "call", "lead_id": str(leads[0])}
    assert (await door.client.post("/v1/activities", json=call, headers=headers)).status_code == 201
    await compute(database)
    fields = {"size": 4.5, "since": "2025-12-31", "is_partner": False, "note": "слабость"}
    labels = await door.client.put(
        f"/v1/contacts/{people['3']}/labels",
        json={"tags": ["vip"], "fields": fields},
        headers={**headers, "If-Match": '"0"'},
    )
    assert labels.status_code == 200, labels.text
    await compute(database)
    names = {str(contact): number for number, contact in people.items()}
    for content, expected in FILTERS:
        answer = await door.client.post(
            "/v1/segments/preview", json={"filter": content}, headers=headers
        )
        assert answer.status_code == 200, (content, answer.text)
        shown = {names[item["person_id"]] for item in answer.json()["persons"]}
        assert (shown, answer.json()["count"]) == (expected, len(expected)), content
