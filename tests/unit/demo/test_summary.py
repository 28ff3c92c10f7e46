"""The summary of a day: of the whole company, and not before kpi has told all of it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from deploy.embedded.demo import summary

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def told(*, waiting: int, amount: float, won: int = 2) -> dict[str, Any]:
    """What the services answer, by path."""
    steps = {"assigned": 3, "accepted": 3, "contacted": 3, "won": won, "lost": 1}
    leads = [
        {"state": state, "is_test": is_test}
        for state, is_test in (("won", False), ("won", False), ("lost", False), ("won", True))
    ]
    figures = {"amounts": {"RUB": amount}}
    return {
        "/intake/v1/reconciliation": {
            "submissions": dict.fromkeys(summary.SUBMISSION_STATES, 5),
            "difference": 0,
        },
        "/routing/v1/leads": {"items": leads, "next_cursor": None},
        "/kpi/v1/funnel": {"totals": {"received": 4, **steps}},
        "/kpi/v1/sources": {"totals": {"figures": figures}, "waiting": waiting},
        "/kpi/v1/response-times": {"totals": {"p50_seconds": 1.0, "p90_seconds": 2.0}},
    }


async def test_it_waits_until_every_lead_and_sale_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "LOOK_SECONDS", 0.0)
    answers = [
        told(waiting=0, amount=100, won=1),  # an end that kpi has not heard of
        told(waiting=2, amount=100),  # sales of persons that are to be told anew
        told(waiting=0, amount=300),
        told(waiting=0, amount=900),
    ]
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        body = answers[0][request.url.path]
        if request.url.path == "/kpi/v1/response-times":  # the last that is asked for
            answers.pop(0)
        return httpx.Response(200, json=body)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://leadflow") as admin:
        tally = await summary.count_whole(admin, now=NOW)
    assert tally.is_whole
    assert tally.amount == 300
    assert tally.counts["leads"] == 3
    funnels = [url.params["from"] for url in asked if url.path == "/kpi/v1/funnel"]
    assert set(funnels) == {"2000-01-01"}, "all of the company is not of these days alone"
