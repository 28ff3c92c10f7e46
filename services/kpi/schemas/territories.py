"""Territories as they are set and shown."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from services.kpi.repository.territories.territories import TerritoryVersion
from services.kpi.schemas.fields import Name
from services.kpi.schemas.territory_facts import FactOut
from services.kpi.use_cases.territories.tree import TerritoryFields, TerritoryView
from shared.web.fields import Body
from shared.web.pagination import Page


class TerritoryIn(Body):
    """`parent_id` is the territory that it lies in. `region` is how leads and sales of it are
    marked, where it is one of the regions of reports. `country` (ISO 3166) is whose holidays are no
    working days there; without one it is that of the territory around it.
    """

    name: Name
    parent_id: UUID | None = None
    region: Name | None = None
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None = None

    def fields(self) -> TerritoryFields:
        return TerritoryFields(self.name, self.parent_id, self.region, self.country)


class TerritoryOut(BaseModel):
    territory_id: UUID
    version: int
    name: str
    parent_id: UUID | None
    region: str | None
    country: str | None
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, item: TerritoryVersion) -> Self:
        return cls(
            territory_id=item.territory.territory_id,
            version=item.version,
            name=item.territory.name,
            parent_id=item.territory.parent_id,
            region=item.territory.region,
            country=item.territory.country,
            changed_at=item.changed_at,
            changed_by=item.changed_by,
        )


class TerritoryViewOut(BaseModel):
    """`path` are the names from the outermost on; `facts` of each kind and product the last that
    was true on the day; `revisions` a page of its versions, the latest first.
    """

    territory: TerritoryOut
    path: str
    facts: list[FactOut]
    revisions: list[TerritoryOut]
    next_cursor: str | None

    @classmethod
    def of(cls, view: TerritoryView, revisions: Page[TerritoryVersion]) -> Self:
        return cls(
            territory=TerritoryOut.of(view.latest),
            path=view.path,
            facts=[FactOut.of(item) for item in view.facts],
            revisions=[TerritoryOut.of(item) for item in revisions.items],
            next_cursor=revisions.next_cursor,
        )
