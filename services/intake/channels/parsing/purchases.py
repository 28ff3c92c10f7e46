"""An order, laid out by its places: `purchase.order_id`, `purchase.amount`, `contact.phones` …"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader, structured_draft
from services.intake.domain.purchases import PURCHASE_CHANNEL, PurchaseReport
from services.intake.domain.requests import ChannelError, Content, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any

ORDER_ID: Final = "purchase.order_id"
PURCHASED_AT: Final = "purchase.purchased_at"


def purchase_content(
    values: Mapping[str, Any], source: SourceView, *, bought_at: datetime | None
) -> Content:
    """The order in these values; `bought_at` is when, where they are silent about it: None if an
    order without that moment is no purchase yet.

    Raises ChannelError(invalid_body) for one without an id, or with an amount that is no number.
    """
    order = JsonReader(values).part("purchase")
    order_id = order.words("order_id")
    if order_id is None:
        raise ChannelError(QuarantineReason.INVALID_BODY)
    moments = {
        name: from_any(order.values.get(name), time_zone=source.time_zone)
        for name in ("purchased_at", "cancelled_at", "changed_at")
    }
    words: dict[str, Any] = {
        "external_id": order_id,
        "amount": order.words("amount"),
        "currency": order.words("currency"),
        "product_interest": order.words("product"),
        "fields": {},
    }
    draft = structured_draft(
        {**values, **words}, source, DraftBuilder(source.country), channel=PURCHASE_CHANNEL
    )
    if words["amount"] and draft.amount is None:
        raise ChannelError(QuarantineReason.INVALID_BODY)
    cancelled_at = moments["cancelled_at"]
    purchased_at = moments["purchased_at"] or (None if cancelled_at else bought_at)
    draft = draft.model_copy(update={"occurred_at": purchased_at, "channel": PURCHASE_CHANNEL})
    if draft.is_test or (purchased_at is None and cancelled_at is None):
        return Content(ignored=IgnoreReason.NOT_A_PURCHASE)
    report = PurchaseReport(
        order_id,
        draft,
        cancelled_at,
        order.words("reason"),
        moments["changed_at"],
        is_dated=moments["purchased_at"] is not None,
    )
    return Content(purchases=(report,))


def check_options(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the options by which a source tells of orders."""
    if options.get("record", "inquiry") not in {"inquiry", "purchase"}:
        return [("record", "is inquiry or purchase")]
    return []
