"""The digest: a mail server gets it, and its workbook opens with the numbers of the API."""

import io
from collections import Counter
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

from openpyxl import load_workbook

from shared.spreadsheets import XLSX_TYPE
from tests.e2e.year import oracle
from tests.e2e.year.company import Company, month_before
from tests.e2e.year.office import Office, exact
from tests.e2e.year.planning import Plan
from tests.support.mail_sink import MailSink
from tests.support.waiting import eventually

REPORTS = "/kpi/v1/reports"
AMOUNT = "Деньги: RUB: Сумма"


async def send_reports(office: Office, company: Company, plan: Plan, sink: MailSink) -> None:
    recipient = {"name": "Борис", "mails": ["boris@company.example"], "language": "ru"}
    recipient_id = (await office.post("/kpi/v1/recipients", recipient))["recipient_id"]
    (digest,) = (await office.get(REPORTS))["items"]
    assert digest["state"] == "ready", "it is there from the first start"
    await _give(office, digest, recipient_id)
    sections = [
        {"report": "sales", "period": "last_month", "group_by": "product"},
        {"report": "plan-control", "plan_id": plan.path.split("/")[4], "version": 1,
         "axis": "region"},
    ]  # fmt: skip
    schedule = {"every": "month", "day": 1, "at": "09:00", "time_zone": office.zone.key}
    body = {"name": "Месяц", "sections": sections, "schedule": schedule}
    monthly = await office.post(REPORTS, body | {"recipient_ids": [recipient_id]})
    for report in (monthly, digest):
        await office.post(f"{REPORTS}/{report['report_id']}/send", status=202)

    async def arrived() -> dict[str, EmailMessage]:
        return {str(mail["subject"]): mail for mail in sink.mails}

    mails = await eventually(
        arrived, seconds=60, until=lambda found: len(found) == 2, what="both mails are there"
    )
    assert set(sink.recipients) == {"boris@company.example"}
    (month,) = [mail for subject, mail in mails.items() if "Месяц" in subject]
    (morning,) = [mail for subject, mail in mails.items() if "сводка" in subject]
    await _tells_the_month(office, company, plan, sheets_of(month))
    await _tells_the_morning(office, company, sheets_of(morning))
    page = month.get_body(("html",))
    assert page is not None
    assert "<svg " in page.get_content()
    for report in (monthly, digest):
        await office.soon(
            f"{REPORTS}/{report['report_id']}/deliveries",
            lambda log: [one["outcome"] for one in log["items"]] == ["delivered"],
            what="the log tells of it",
        )


async def _give(office: Office, report: dict[str, Any], recipient_id: str) -> None:
    """The report as it was, with last month's funnel, to somebody."""

    def told(members: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in members.items() if value is not None}

    body = {name: report[name] for name in ("name", "files", "active")}
    funnel = {"report": "funnel", "period": "last_month", "group_by": "channel"}
    body |= {
        "sections": [*(told(one) for one in report["sections"]), funnel],
        "schedule": told(report["schedule"]),
    }
    body["recipient_ids"] = [recipient_id]
    await office.revise("PUT", f"{REPORTS}/{report['report_id']}", report["version"], body)


def sheets_of(mail: EmailMessage) -> dict[str, list[tuple[Any, ...]]]:
    (file,) = [one for one in mail.iter_attachments() if one.get_content_type() == XLSX_TYPE]
    book = load_workbook(io.BytesIO(file.get_content()), read_only=True)
    return {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}


def column(rows: list[tuple[Any, ...]], name: str) -> list[Any]:
    place = rows[0].index(name)
    return [row[place] for row in rows[1:]]


async def _tells_the_month(
    office: Office, company: Company, plan: Plan, sheets: dict[str, Any]
) -> None:
    month = month_before(company.month, 1)
    days = office.days(month, company.month)
    found = await office.get("/kpi/v1/sales", group_by="product", **days)
    (sales,) = [rows for name, rows in sheets.items() if name.startswith("1. ")]
    amounts = [exact(value) for value in column(sales, AMOUNT)]
    totals = found["totals"]["figures"]["money"]["RUB"]["amount"]
    assert amounts == [
        *(exact(row["figures"]["money"]["RUB"]["amount"]) for row in found["rows"]), exact(totals),
    ]  # fmt: skip
    orders = oracle.of_months(oracle.standing(company), [month])
    products = oracle.by(orders, lambda order: order.product)
    assert sorted(amounts[:-1]) == sorted(oracle.worth(own) for own in products.values())
    assert amounts[-1] == oracle.worth(orders)
    (control,) = [rows for name, rows in sheets.items() if name.startswith("2. ")]
    view = await office.get(f"{plan.path}/control", axis="region")
    facts = [exact(one["figures"]["fact"]) for one in view["items"]]
    shown = [exact(value) for row in control[1:] for value in row if isinstance(value, int | float)]
    assert set(facts) <= set(shown)
    assert exact(view["totals"]["fact"]) == sum(facts, Decimal(0))


async def _tells_the_morning(office: Office, company: Company, sheets: dict[str, Any]) -> None:
    """What it had from the beginning, and what was added: last month's funnel."""
    (managers,) = [rows for name, rows in sheets.items() if name.startswith("2. ")]
    assert sorted(column(managers, "Имя")) == sorted(office.managers)
    days = office.days(month_before(company.month, 1), company.month)
    found = await office.get("/kpi/v1/funnel", group_by="channel", **days)
    *_, funnel = [rows for name, rows in sheets.items() if name[0].isdecimal()]
    for name, label in (("received", "Обращения"), ("won", "Продано")):
        shown = column(funnel, label)
        assert shown == [*(row[name] for row in found["rows"]), found["totals"][name]]
    leads = [lead for lead in company.leads if lead.month == month_before(company.month, 1)]
    by_channel = {row["group"]["channel"]: row["received"] for row in found["rows"]}
    assert by_channel == Counter(lead.channel for lead in leads)
    assert found["totals"]["won"] == sum(lead.order is not None for lead in leads)
