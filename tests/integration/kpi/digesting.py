"""Scheduled reports at a time of our choosing: one look at what is due, one round of sending."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from python_calamine import CalamineWorkbook

from services.kpi.routes.digest_sections import read_parts
from services.kpi.use_cases.digests.runs import make_due
from services.kpi.use_cases.digests.send import Desk
from shared.contracts.managers import ManagerChanged
from shared.spreadsheets import XLSX_TYPE
from tests.integration.kpi.alerting import HEAD, Alerting, send_all
from tests.integration.kpi.eight_weeks import eight_weeks
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import consume

MOSCOW = ZoneInfo("Europe/Moscow")
TUESDAY_NIGHT = datetime(2026, 2, 24, 0, 0, tzinfo=UTC)  # three in the morning of Moscow
DIGEST = "0190c0de-0000-7000-8000-000000000001"
DAILY = {"every": "day", "at": "08:00"}
FUNNEL = {"report": "funnel", "period": "yesterday", "compare": "previous", "group_by": "channel"}


@dataclass(eq=False)
class Digests:
    """The door and the desk of `alerting`; the company's days are Moscow's."""

    alerting: Alerting

    @property
    def desk(self) -> Desk:
        return Desk(self.alerting.sender, MOSCOW, read_parts, "RU")

    async def live(self) -> None:
        """Eight weeks of a company with Anna; then it is Tuesday night."""
        self.alerting.clock[0] = TUESDAY_NIGHT
        streams = eight_weeks()
        streams.emit(
            ManagerChanged(
                manager_id=ANNA,
                changed_at=streams.at,
                name="Анна «Первая» <Ко>",
                capacity=5,
                time_zone="Europe/Moscow",
            )
        )
        await consume(self.alerting.database, apply_and_tell, streams.events)

    async def make(self) -> None:
        await make_due(self.alerting.database, MOSCOW, now=self.alerting.now)

    async def send(self) -> None:
        await send_all(self.desk.tries)

    async def turn(self) -> None:
        """What the loop does in one round."""
        await self.make()
        await self.send()

    async def shown(self, path: str) -> dict[str, Any]:
        answer = await self.alerting.ask("GET", path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def put(self, report_id: str, **members: Any) -> Any:
        item = await self.shown(f"/v1/reports/{report_id}")
        names = ("name", "sections", "schedule", "files", "recipient_ids", "active")
        body = {name: item[name] for name in names} | members
        body["sections"] = [_present(section) for section in body["sections"]]
        body["schedule"] = _present(body["schedule"])
        headers = {"If-Match": f'"{item["version"]}"'}
        return await self.alerting.ask(
            "PUT", f"/v1/reports/{report_id}", json=body, headers=headers
        )

    async def log(self, report_id: str) -> list[dict[str, Any]]:
        return await self.alerting.items(f"/v1/reports/{report_id}/deliveries")


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def sheets_of(mail: EmailMessage) -> dict[str, list[list[Any]]]:
    """The rows of each sheet of the mail's workbook, by its title."""
    (part,) = [each for each in mail.iter_attachments() if each.get_content_type() == XLSX_TYPE]
    book = CalamineWorkbook.from_filelike(io.BytesIO(part.get_content()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    words: str = body.get_content()
    return words


async def a_recipient(digests: Digests, **more: Any) -> str:
    item = await digests.alerting.add("/v1/recipients", name="Head", **(HEAD | more))
    recipient_id: str = item["recipient_id"]
    return recipient_id


async def a_report(digests: Digests, *recipient_ids: str, **more: Any) -> dict[str, Any]:
    body = {"name": "Утро", "sections": [FUNNEL], "schedule": DAILY} | more
    return await digests.alerting.add("/v1/reports", recipient_ids=list(recipient_ids), **body)
