"""What is asked of a company that plans, over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from benchmarks.planning_rows import MANAGER_IDS, NOW
from services.kpi.domain.plan.nodes import AXES
from shared.database import Session

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]
MOST: Final = {"limit": "200"}
YEAR: Final = {"from": "2024-12-29", "to": "2025-12-29"}
MANAGER: Final = str(MANAGER_IDS[150])
FORECAST_AXES: Final = (
    "company", "source", "channel", "campaign", "region", "product", "pipeline", "manager",
)  # fmt: skip
GOAL_AXES: Final = ("company", "region", "product", "manager")


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of what the tables hold, one of each."""

    plan: str
    forecasts: Mapping[str, str]
    goals: Mapping[str, str]
    territory: str
    territory_id: str
    potential: str
    poll: str
    coordination: str
    corrected: Mapping[str, str]

    @property
    def version(self) -> str:
        """Approved."""
        return f"{self.plan}/versions/1"

    @property
    def draft(self) -> str:
        return f"{self.plan}/versions/2"


async def places_of(session: Session) -> Places:
    async def place(path: str, table: str, where: str = "true") -> str:
        column = f"{table.removeprefix('opinion_')}_id"
        row_id = await session.scalar(
            f"SELECT {column} FROM {table} WHERE {where} ORDER BY {column} LIMIT 1"
        )
        return f"/v1/{path}/{row_id}"

    forecasts = {
        f"{axis}, {measure}": await place(
            "forecasts", "forecast", f"axis = '{axis}' AND measure = '{measure}'"
        )
        for axis in ("company", "region", "product", "campaign", "manager")
        for measure in ("revenue", "conversion")
    }
    territory = await place("territories", "territory", "name = 'region 7'")
    return Places(
        plan=await place("plans", "plan"),
        forecasts=forecasts,
        goals={axis: await place("goals", "goal", f"axis = '{axis}'") for axis in GOAL_AXES},
        territory=territory,
        territory_id=territory.rpartition("/")[2],
        potential=await place("potentials", "potential"),
        poll=await place("opinions", "opinion_poll"),
        coordination=await place("coordination", "coordination"),
        corrected={
            "goal": await place("goals", "goal", "version > 1"),
            "potential": await place("potentials", "potential", "version > 1"),
        },
    )


def _get(path: str, **params: Any) -> Ask:
    return lambda client: client.get(path, params=params)


def reads(places: Places) -> dict[str, Ask]:
    """By name, in the order of the cycle of planning."""
    return {**_of_goals(places), **_of_forecasts(places), **_of_plans(places)}


def _of_goals(places: Places) -> dict[str, Ask]:
    return {
        **{f"goal of {axis}": _get(path) for axis, path in places.goals.items()},
        "goals": _get("/v1/goals", **MOST),
        **{f"{name} corrected often": _get(path) for name, path in places.corrected.items()},
        "territory": _get(places.territory),
        "territories": _get("/v1/territories", **MOST),
        "facts of territories": _get("/v1/territory-facts", **MOST),
        "potential": _get(places.potential),
        "potentials": _get("/v1/potentials", **MOST),
        "potentials of a product": _get("/v1/potentials", product="product 3", **MOST),
        "poll": _get(places.poll),
        "polls": _get("/v1/opinions", **MOST),
        "a manager's day": _get(f"/v1/managers/{MANAGER}/day", day=f"{NOW:%Y-%m-%d}"),
        "a seller's day": _get(f"/v1/managers/{MANAGER_IDS[3]}/day", day=f"{NOW:%Y-%m-%d}"),
    }


def _of_forecasts(places: Places) -> dict[str, Ask]:
    asked = {"forecasts": _get("/v1/forecasts", **MOST)}
    for axis, key in (("company", None), ("product", "product 1"), ("manager", MANAGER)):
        of = {"axis": axis} if key is None else {"axis": axis, "key": key}
        span = {"from": "2024-01-01", "to": "2025-12-29"}
        for step in ("month", "day"):
            asked[f"season of {axis} by {step}"] = _get(
                "/v1/seasonality", measure="revenue", step=step, **of, **span
            )
    for name, path in places.forecasts.items():
        asked[f"forecast of {name}"] = _get(path)
        asked[f"outcome of {name}"] = _get(f"{path}/quality")
    asked["quality of forecasts"] = _get("/v1/forecasts/quality", **YEAR, **MOST)
    for axis in FORECAST_AXES:
        asked[f"quality of forecasts, {axis}"] = _get(
            "/v1/forecasts/quality", axis=axis, **YEAR, **MOST
        )
    return asked


def _of_plans(places: Places) -> dict[str, Ask]:
    plan, version, seller = places.plan, places.version, MANAGER_IDS[3]
    asked = {
        "plans": _get("/v1/plans", **MOST),
        "plan": _get(plan),
        "sellers of a plan": _get(f"{plan}/values/seller", **MOST),
        "changes of a plan": _get(f"{plan}/changes", **MOST),
        "coordination": _get("/v1/coordination", **MOST),
        "coordination that is overdue": _get("/v1/coordination", overdue=True, **MOST),
        "coordination of a person": _get("/v1/coordination", owner="owner 7", **MOST),
        "a coordination": _get(places.coordination),
        "a seller's node by month": _get(f"{version}/nodes", seller=seller, axis="month"),
        **{f"node by {axis}": _get(f"{version}/nodes", axis=axis, **MOST) for axis in AXES},
        **{
            f"two versions by {axis}": _get(f"{places.draft}/nodes", against=1, axis=axis, **MOST)
            for axis in AXES
        },
    }
    for part in (None, *AXES):
        of = {} if part is None else {"axis": part}
        name = "whole" if part is None else f"by {part}"
        asked[f"control, {name}"] = _get(f"{version}/control", **of, **MOST)
        asked[f"quality, {name}"] = _get(f"{version}/quality", **of)
        if part != "month":
            asked[f"bridge, {name}"] = _get(f"{version}/bridge", **of, **MOST)
            asked[f"cuts, {name}"] = _get(f"{version}/quality/cuts", **of, **MOST)
    for part in ("region", "seller"):
        asked[f"cuts, by {part}, CSV"] = _get(f"{version}/quality/cuts", axis=part, format="csv")
    return asked


def files(places: Places) -> dict[str, Ask]:
    """The workbook of a plan, which takes longer than any page."""
    return {"workbook of a plan": _get(f"{places.version}/file", measure="revenue")}
