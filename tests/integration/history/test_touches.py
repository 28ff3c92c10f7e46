"""What managers report stops the clock of their lease, if it reaches the customer: from history's
door to what routing takes for a touch.
"""

from typing import Any

from services.history.handlers import apply
from services.kpi.domain.facts import touch_of
from services.routing.domain.lead import is_touch
from shared.contracts.activities import ActivityRecorded
from shared.database import Database
from tests.integration.history.reporting import ANNA, emitted, lead_of_anna
from tests.support.event_streams import consume
from tests.support.http_client import Door

REPORTS: tuple[tuple[dict[str, Any], bool], ...] = (
    ({"kind": "call"}, True),
    ({"kind": "mail", "direction": "outgoing"}, True),
    ({"kind": "message"}, True),
    ({"kind": "meeting"}, True),
    ({"kind": "call", "direction": "incoming", "facts": {"outcome": "answered"}}, True),
    ({"kind": "call", "direction": "incoming", "facts": {"outcome": "missed"}}, False),
    ({"kind": "mail", "direction": "incoming"}, False),
    ({"kind": "note"}, False),
    ({"kind": "note", "direction": "outgoing"}, False),
    ({"kind": "task"}, False),
    ({"kind": "task", "direction": "outgoing", "due_at": "2026-03-03T09:00:00Z"}, False),
)


async def test_what_reaches_the_customer_is_a_touch_everywhere(
    database: Database, door: Door
) -> None:
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events)
    anna = door.as_("manager", manager_id=ANNA)
    for report, _ in REPORTS:
        body = {"lead_id": str(lead), **report}
        answer = await door.client.post("/v1/activities", json=body, headers=anna)
        assert answer.status_code == 201, answer.text
    task_id = (await emitted(database))[-1]["activity_id"]
    done = await door.client.post(f"/v1/tasks/{task_id}/done", json={}, headers=anna)
    assert done.status_code == 201
    events = [ActivityRecorded.model_validate(event) for event in await emitted(database)]
    expected = [*(reaches for _, reaches in REPORTS), False]
    by_routing = [
        is_touch(kind=event.kind, direction=event.direction, facts=event.facts) for event in events
    ]
    assert by_routing == expected
    assert [touch_of(event) is not None for event in events] == expected
