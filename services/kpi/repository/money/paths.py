"""The sales of a period with the inquiries by which their customers came."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from services.kpi.domain.sales.credit import SoldPath, TouchPoint
from services.kpi.repository.money.relations import SAME_VISIT, View, begins, keys, path_clauses
from shared.database import Row, Session


async def list_paths(
    session: Session, view: View, dimensions: Sequence[str], *, lookback: timedelta
) -> list[SoldPath]:
    """The sales that stand, by id, each with its touch points in time and their groups."""
    sold, sale_params = view.sold()
    key_columns = ", ".join(f"{sql} AS k{place}" for place, sql in enumerate(_keys(dimensions)))
    statement = f"""
WITH {path_clauses(view, f"{sold} AND s.taken_back_at IS NULL")}
SELECT sold.sale_id, sold.lead_id, sold.purchase_id, sold.amount, sold.currency,
    path.inquiry_id, path.ad_channel IS NULL AND path.campaign IS NULL AS is_direct
    {"," if key_columns else ""} {key_columns}
FROM sold LEFT JOIN path ON path.sale_id = sold.sale_id
ORDER BY sold.sale_id, path.received_at, path.inquiry_id
"""
    rows = await session.execute(
        statement,
        {
            **view.params(),
            **sale_params,
            **begins(view.period, dimensions),
            "lookback": lookback,
            "same_visit": SAME_VISIT,
        },
    )
    width = len(dimensions)
    return [_path(list(group), width) for _, group in groupby(rows, key=_sale_id)]


def _keys(dimensions: Sequence[str]) -> list[str]:
    """A sale stands in the part of the period in which it was made, whenever its inquiries came."""
    return [sql.replace("path.at", "sold.at") for sql in keys(dimensions, "path", "at")]


def _sale_id(row: Row) -> UUID:
    sale_id: UUID = row["sale_id"]
    return sale_id


def _path(rows: Sequence[Row], width: int) -> SoldPath:
    first = rows[0]
    key_names = [f"k{place}" for place in range(width)]

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in key_names)

    return SoldPath(
        sale_id=first["sale_id"],
        lead_id=first["lead_id"],
        purchase_id=first["purchase_id"],
        amount=first["amount"],
        currency=first["currency"],
        nowhere=key(first),
        touch_points=[
            TouchPoint(row["inquiry_id"], key(row), row["is_direct"])
            for row in rows
            if row["inquiry_id"] is not None
        ],
    )
