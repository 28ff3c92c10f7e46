"""Orders of common shops by the mappings of the documentation, and what their reports come to."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.purchases import PurchaseReport, after_report, new_state
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.states import IgnoreReason
from shared.contracts.inquiry import InquiryContent
from tests.architecture.tree import ROOT
from tests.unit.intake.samples import JSON, parse

PAGE = (ROOT / "docs" / "sources" / "purchases.md").read_text()
_FLAGS = re.DOTALL | re.MULTILINE
MAPPINGS = {
    name: json.loads(mapping)
    for name, mapping in re.findall(
        r"^### (.+?)\n.*?```json\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE
    )
}
BUYER = {"phones": ["+79161234567"], "emails": ["anna@example.org"]}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def woo(**more: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "number": "727",
        "status": "processing",
        "currency": "RUB",
        "total": "2900.50",
        "date_created_gmt": "2026-03-02T11:59:00",
        "date_modified_gmt": "2026-03-02T12:00:05",
        "date_paid_gmt": "2026-03-02T12:00:00",
        "billing": {
            "first_name": "Анна",
            "last_name": "Ким",
            "company": "",
            "state": "Москва",
            "email": "anna@example.org",
            "phone": "8 916 123-45-67",
        },
        "line_items": [{"name": "Чайник", "quantity": 1}, {"name": "Чашка", "quantity": 2}],
        **more,
    }


def shopify(**more: Any) -> dict[str, Any]:
    return {
        "id": 820982911946154508,
        "name": "#9999",
        "email": "anna@example.org",
        "phone": "+79161234567",
        "test": False,
        "currency": "RUB",
        "total_price": "2900.50",
        "financial_status": "paid",
        "processed_at": "2026-03-02T15:00:00+03:00",
        "updated_at": "2026-03-02T15:00:05+03:00",
        "cancelled_at": None,
        "cancel_reason": None,
        "customer": {"first_name": "Анна", "last_name": "Ким"},
        "billing_address": {"province": "Москва", "phone": "+79161234567"},
        "line_items": [{"title": "Чайник"}, {"title": "Чашка"}],
        **more,
    }


def insales(**more: Any) -> dict[str, Any]:
    return {
        "id": 1234567,
        "number": 1001,
        "total_price": 2900.5,
        "currency_code": "RUB",
        "financial_status": "paid",
        "fulfillment_status": "new",
        "paid_at": "2026-03-02T15:00:00.000+03:00",
        "updated_at": "2026-03-02T15:00:05.000+03:00",
        "client": {
            "name": "Анна",
            "surname": "Ким",
            "phone": "89161234567",
            "email": "anna@example.org",
        },
        "shipping_address": {"state": "Москва"},
        "order_lines": [{"title": "Чайник"}, {"title": "Чашка"}],
        **more,
    }


def one_c(**more: Any) -> dict[str, Any]:
    return {
        "Ref_Key": "5f2b2c1e-0000-11ee-8000-00155d000001",
        "Number": "00УТ-000727",
        "Date": "2026-03-02T15:00:00",
        "Posted": True,
        "DeletionMark": False,
        "СуммаДокумента": 2900.5,
        "Валюта": "RUB",
        "Контрагент": {"Наименование": "Анна Ким"},
        "Телефон": "8 (916) 123-45-67",
        "АдресЭП": "anna@example.org",
        "Товары": [{"Номенклатура": "Чайник"}, {"Номенклатура": "Чашка"}],
        **more,
    }


def bitrix(**more: Any) -> dict[str, Any]:
    return {
        "id": "727",
        "payed": "Y",
        "datePayed": "2026-03-02T15:00:00+03:00",
        "dateUpdate": "2026-03-02T15:00:05+03:00",
        "canceled": "N",
        "dateCanceled": None,
        "reasonCanceled": None,
        "price": 2900.5,
        "currency": "RUB",
        "propertyValues": [
            {"code": "FIO", "value": "Анна Ким"},
            {"code": "PHONE", "value": "+7 916 123-45-67"},
            {"code": "EMAIL", "value": "anna@example.org"},
        ],
        "basketItems": [{"name": "Чайник"}, {"name": "Чашка"}],
        **more,
    }


SHOPS = {
    "WooCommerce": (
        woo(),
        "727",
        woo(status="pending", date_paid_gmt=None),
        woo(status="cancelled"),
    ),
    "Shopify": (
        shopify(),
        "820982911946154508",
        shopify(financial_status="pending"),
        shopify(cancelled_at="2026-03-03T10:00:00+03:00", cancel_reason="customer"),
    ),
    "InSales": (
        insales(),
        "1234567",
        insales(financial_status="pending", paid_at=None),
        insales(fulfillment_status="declined"),
    ),
    "1C": (one_c(), "5f2b2c1e-0000-11ee-8000-00155d000001", one_c(Posted=False),
           one_c(DeletionMark=True)),
    "Bitrix": (
        bitrix(),
        "727",
        bitrix(payed="N", datePayed=None),
        bitrix(canceled="Y", dateCanceled="2026-03-03T10:00:00+03:00", reasonCanceled="customer"),
    ),
}  # fmt: skip


def heard(shop: str, order: dict[str, Any]) -> Any:
    request = RawRequest(headers=JSON, body=json.dumps(order).encode(), received_at=NOON)
    time_zone = "UTC" if shop == "WooCommerce" else "Europe/Moscow"
    view = {"mapping": MAPPINGS[shop], "options": {"record": "purchase"}, "time_zone": time_zone}
    return parse("generic-json", request, **view)


def test_every_documented_mapping_is_tried() -> None:
    assert MAPPINGS.keys() == SHOPS.keys()


@pytest.mark.parametrize("shop", SHOPS)
def test_a_paid_order_is_a_purchase(shop: str) -> None:
    order, order_id, _, _ = SHOPS[shop]
    content = heard(shop, order)
    assert not content.drafts
    (report,) = content.purchases
    draft = report.draft.model_dump(mode="json", exclude_defaults=True)
    assert report.order_id == order_id
    assert (draft["amount"], draft["currency"]) == (2900.5, "RUB")
    assert {name: draft["contact"][name] for name in BUYER} == BUYER
    assert report.draft.occurred_at == NOON
    assert draft["product_interest"] == "Чайник, Чашка"
    assert report.cancelled_at is None


@pytest.mark.parametrize("shop", SHOPS)
def test_an_order_that_is_not_paid_is_no_purchase_yet(shop: str) -> None:
    content = heard(shop, SHOPS[shop][2])
    assert (content.purchases, content.ignored) == ((), IgnoreReason.NOT_A_PURCHASE)


@pytest.mark.parametrize("shop", SHOPS)
def test_a_cancelled_order_says_when(shop: str) -> None:
    (report,) = heard(shop, SHOPS[shop][3]).purchases
    assert report.cancelled_at is not None


def test_a_test_order_is_none() -> None:
    assert heard("Shopify", shopify(test=True)).ignored is IgnoreReason.NOT_A_PURCHASE


@pytest.mark.parametrize("order", [{"id": None}, {"total": "a lot"}])
def test_an_order_without_an_id_or_with_an_amount_that_is_none_waits_for_repair(
    order: dict[str, Any],
) -> None:
    with pytest.raises(ChannelError):
        heard("WooCommerce", woo(**order))


def reported(amount: str, *, minute: int, cancelled: bool = False) -> PurchaseReport:
    at = NOON + timedelta(minutes=minute)
    draft = InquiryContent.model_validate(
        {"channel": "purchase", "amount": amount, "occurred_at": NOON}
    )
    return PurchaseReport("1", draft, at if cancelled else None, None, at)


def test_reports_in_any_order_and_twice_come_to_the_same_purchase() -> None:
    reports = [
        reported("10", minute=1),
        reported("12", minute=2),
        reported("12", minute=3, cancelled=True),
    ]
    ends = set()
    for order in permutations([*reports, *reports]):
        state = new_state(UUID(int=1), "1")
        for report in order:
            state = after_report(state, report)
        ends.add((state.facts["amount"], state.cancelled_at, state.purchased_at))
    assert ends == {("12", NOON + timedelta(minutes=3), NOON)}


def test_an_order_without_a_moment_keeps_that_of_its_first_report() -> None:
    first = replace(reported("10.00", minute=0), is_dated=False, changed_at=None)
    later = first.draft.model_copy(update={"occurred_at": NOON + timedelta(hours=1)})
    state = after_report(new_state(UUID(int=1), "1"), first)
    assert after_report(state, replace(first, draft=later)) == state
