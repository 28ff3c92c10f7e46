"""Columns of tables: none that could hold nothing."""

from pydantic import BaseModel

from services.kpi.schemas.exports import columns_of


class Figure(BaseModel):
    value: str | None
    currency: str | None = None


class Row(BaseModel):
    name: str
    share: Figure
    cost: Figure
    currency: str | None = None


def test_beside_a_share_stands_no_currency() -> None:
    rows = [
        Row(name="one", share=Figure(value="0.5", currency=None), cost=Figure(value=None)),
        Row(name="two", share=Figure(value=None), cost=Figure(value="7", currency="RUB")),
    ]
    paths = columns_of(rows)
    assert ("share", "value") in paths
    assert ("share", "currency") not in paths
    assert ("cost", "currency") in paths
