"""The columns in which sales of a day are kept, and SQL of them: of each sale, or of sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from services.kpi.domain.sale_columns.stretches import DECIMALS, Names, Stretch, named
from services.kpi.repository.money.origins import CREDITS, NO_CREDIT, ORIGIN_AXES, SEGMENT, VALUES
from services.kpi.repository.money.signs import SIGN
from shared.database import Row, Session

Range = tuple[datetime, datetime]
_ORDER: Final = "ORDER BY s.at, s.number, s.sale_id"
_HAS_PRICE: Final = "s.amount IS NOT NULL AND s.currency IS NOT NULL"
_PRICE: Final = f"CASE WHEN {_HAS_PRICE} THEN s.amount ELSE 0 END"


def _bytes(sql: str) -> str:
    return f"string_agg({sql}, CAST('' AS bytea) {_ORDER})"


_UNITS: Final = f"({_PRICE} * {10**DECIMALS})"
# Whether an amount is whole units, and far fewer than eight bytes hold.
_FITS: Final = f"({_UNITS} = round({_UNITS}) AND abs({_UNITS}) < 1e17)"
# What is made of rows, by the column of a stretch.
_COLUMNS: Final = {
    "people": {"people": _bytes("uuid_send(s.person_id)")},
    "ats": {"ats": _bytes("timestamptz_send(s.at)")},
    "befores": {"befores": _bytes("timestamptz_send(coalesce(s.previous_at, s.at))")},
    "numbers": {"numbers": _bytes("int4send(s.number)")},
    "usuals": {"usuals": _bytes("int8send(coalesce(s.usual_halves, 0))")},
    "signs": {"signs": _bytes(SIGN)},
    "origins": {"origins": _bytes(f"coalesce(credited.origins, {NO_CREDIT})")},
    "counts": {"counts": _bytes("int4send(s.sales)")},
    "products": {"products": f"array_agg(coalesce(s.product, '') {_ORDER})"},
    "currencies": {
        "currencies": f"array_agg(CASE WHEN {_HAS_PRICE} THEN s.currency ELSE '' END {_ORDER})"
    },
    "managers": {"managers": f"array_agg(coalesce(CAST(s.manager_id AS text), '') {_ORDER})"},
    **{
        f"{axis}s": {f"{axis}s": f"array_agg(coalesce(s.{axis}, '') {_ORDER})"}
        for axis in ("source", "channel", "campaign", "region")
    },
    "amounts": {
        "amounts": _bytes(f"int8send(CASE WHEN {_FITS} THEN CAST({_UNITS} AS bigint) ELSE 0 END)"),
        "odd_amounts": f"CASE WHEN NOT bool_and({_FITS}) THEN array_agg({_PRICE} {_ORDER}) END",
    },
}
# A win has the product that reports on sales tell of it, that of the inquiry it is credited to.
_SALE_COLUMNS: Final = _COLUMNS | {
    "products": {"products": f"array_agg(coalesce(s.product, segment.product, '') {_ORDER})"},
    **{
        f"{axis}s": {f"{axis}s": f"array_agg(coalesce(CAST(segment.{axis} AS text), '') {_ORDER})"}
        for axis in ORIGIN_AXES
    },
}
# What a name is called in the columns of the table that hold places and names.
_NAMED: Final = {f"{axis}s": axis for axis in (*VALUES, "ad_channel")} | {"currencies": "currency"}
_VALUES: Final = {"manager_id": "s.manager_id"} | {
    axis: sql for axis, sql in VALUES.items() if axis != "manager"
}
_OF_RANGES: Final = """
unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) AS r (begins_at, ends_at),
LATERAL (SELECT * FROM sale AS s WHERE s.at >= r.begins_at AND s.at < r.ends_at OFFSET 0) AS s"""


@dataclass(frozen=True, slots=True)
class Family:
    """Columns of a stretch that are kept together, below names with the prefix. `rows` is SQL of
    what they are of, in which `s` has what is known as `{stands}` says, by `range`; `beside` is
    joined to it for the sake of some columns.
    """

    prefix: str
    names: tuple[str, ...]
    rows: str
    range: str
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _COLUMNS)
    beside: Mapping[str, str] = field(default_factory=dict)

    def of(self, axis: str) -> "Family":
        """Of all values only those of one axis."""
        others = {f"{name}s" for name in VALUES if name != axis}
        return replace(self, names=tuple(name for name in self.names if name not in others))


def _sums(moment: str, values: Mapping[str, str], where: str = "true", beside: str = "") -> str:
    """Sums of what has a price by currency, and of all else, at a moment and of values each."""
    names = "".join(f", {sql} AS {name}" for name, sql in values.items())
    currency = f"CASE WHEN {_HAS_PRICE} THEN s.currency END"
    # The same whatever plan finds them: a rebuild compares what is kept.
    order = ", ".join([moment, currency, *values.values()])
    return f"""(
    SELECT r.begins_at, {moment} AS at, {currency} AS currency,
        CAST(count(*) AS integer) AS sales, sum(s.amount) FILTER (WHERE {_HAS_PRICE}) AS amount,
        row_number() OVER (ORDER BY {order}) AS number, 0 AS sale_id{names}
    FROM {_OF_RANGES} {beside} WHERE {{stands}} AND {where}
    GROUP BY 1, 2, 3{"".join(f", {place}" for place in range(8, 8 + len(values)))}
) AS s"""


SALES: Final = Family(
    "",
    (
        "people", "ats", "befores", "numbers", "usuals", "signs", "origins",
        *(f"{axis}s" for axis in ORIGIN_AXES), "products", "currencies", "managers", "amounts",
    ),
    f"{_OF_RANGES} {{beside}} WHERE {{stands}}",
    "r.begins_at",
    _SALE_COLUMNS,
    dict.fromkeys((*(f"{axis}s" for axis in ORIGIN_AXES), "products"), SEGMENT)
    | {"origins": CREDITS},
)  # fmt: skip
# The same of those that were taken back, which no day keeps.
TAKEN_BACK: Final = replace(
    SALES, rows=SALES.rows.replace(" OFFSET 0", " AND s.taken_back_at IS NOT NULL OFFSET 0")
)
_QUARTER: Final = "date_bin('15 minutes', s.at, TIMESTAMPTZ '2000-01-01T00:00Z')"
_WITHOUT_LEAD: Final = "s.lead_id IS NULL"
# Orders that no lead led to, by quarters of an hour.
ORDERS: Final = Family(
    "order_",
    ("ats", "counts", "currencies", "amounts"),
    _sums(_QUARTER, {}, _WITHOUT_LEAD),
    "s.begins_at",
)
# The same by all values that they are of.
ORIGINS: Final = Family(
    "origin_",
    ("ats", "counts", *(f"{axis}s" for axis in VALUES), "currencies", "amounts"),
    _sums(_QUARTER, _VALUES, _WITHOUT_LEAD, SEGMENT),
    "s.begins_at",
)
# All sales by manager, at the beginning of the range of which they are.
SELLERS: Final = Family(
    "seller_",
    ("ats", "counts", "managers", "currencies", "amounts"),
    _sums("r.begins_at", {"manager_id": "s.manager_id"}),
    "s.begins_at",
)
FAMILIES: Final = (SALES, ORDERS, ORIGINS, SELLERS)


async def rows_of(
    session: Session,
    ranges: Sequence[Range],
    family: Family,
    names: Sequence[str],
    stands: str,
    *,
    is_each: bool = False,
    **params: Any,
) -> list[Row]:
    """Columns of the rows of the ranges, `is_each` of each or else of all together."""
    if not ranges:
        return []
    columns = ", ".join(
        f"{sql} AS {column}" for name in names for column, sql in family.columns[name].items()
    )
    beside = " ".join({sql: None for name, sql in family.beside.items() if name in names})
    each = f"{family.range} AS begins_at, " if is_each else ""
    by = f"GROUP BY {family.range}" if is_each else "HAVING count(*) > 0"
    rows = family.rows.format(stands=stands, beside=beside)
    statement = f"SELECT {each}{columns} FROM {rows} {by}"
    begins, ends = (list(moments) for moments in zip(*ranges, strict=True))
    return list(await session.execute(statement, {"begins": begins, "ends": ends, **params}))


def kept_columns(family: Family, names: Sequence[str]) -> str:
    """What of the table is a stretch with these columns."""
    return ", ".join(
        f"{family.prefix}{column} AS {column}" for name in names for column in _columns_of(name)
    )


def _columns_of(name: str) -> tuple[str, ...]:
    if name in _NAMED:
        return f"{_NAMED[name]}_places", f"{_NAMED[name]}_names"
    return (name, "odd_amounts") if name == "amounts" else (name,)


def kept_params(family: Family, stretch: Stretch) -> dict[str, Any]:
    """What the table keeps of a stretch, by its columns."""
    params: dict[str, Any] = {}
    for name in family.names:
        value = getattr(stretch, name)
        if name in _NAMED:
            values: tuple[Any, ...] = value.places, list(value.names)
        elif name == "amounts":
            values = (value, None) if isinstance(value, bytes) else (b"", list(value))
        else:
            values = (value,)
        params |= zip(
            (f"{family.prefix}{column}" for column in _columns_of(name)), values, strict=True
        )
    return params


def of_days(rows: Sequence[Row], names: Sequence[str]) -> list[Stretch]:
    """Of rows of the table: the day, and `kept_columns`."""
    values = list(zip(*rows, strict=True))[1:]
    members: dict[str, Sequence[Any]] = {}
    for name in names if rows else ():
        width = len(_columns_of(name))
        column, values = values[:width], values[width:]
        if name in _NAMED:
            members[name] = list(map(Names, *column))
        elif name == "amounts":
            members[name] = [
                each if odd is None else odd for each, odd in zip(*column, strict=True)
            ]
        else:
            (members[name],) = column
    return [
        Stretch(**dict(zip(members, each, strict=True)))
        for each in zip(*members.values(), strict=True)
    ]


def of_rows(row: Row | None, names: Sequence[str]) -> Stretch:
    """Of what `rows_of` gives; of nothing an empty one."""
    if row is None:
        return Stretch()
    members: dict[str, Any] = {
        name: named(row[name]) if name in _NAMED else row[name] for name in names
    }
    if "amounts" in members and row.odd_amounts is not None:
        members["amounts"] = row.odd_amounts
    return Stretch(**members)


def keeping(params: Mapping[str, Any]) -> str:
    """SQL that keeps a day."""
    return (
        f"INSERT INTO sale_day ({', '.join(params)})"
        f" VALUES ({', '.join(f':{name}' for name in params)})"
    )
