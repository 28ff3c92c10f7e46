"""Potentials as they are set and shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.territories.covers import Cover, Why
from services.kpi.domain.territories.potential import Bounds, Formula, Potential, bounds_of
from services.kpi.domain.territories.tree import Tree, path_of
from services.kpi.repository.territories.potentials import PotentialVersion
from services.kpi.schemas.fields import Currency, Day
from services.kpi.schemas.fields import Words as Wording
from services.kpi.schemas.territory_facts import Value, Words
from shared.contracts.inquiry import Amount
from shared.web.fields import Body

MOST_SHOWN_GAPS: Final = 20
_Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=6, allow_inf_nan=False)]


class FormulaIn(Body):
    """Market: `buyers` x `frequency` (how often each buys in the time) x `quantity` (at a time) x
    `price` (of money only); sales: the `share` of it that the company can have.
    """

    buyers: Value
    frequency: Value
    quantity: Value
    price: Value | None = None
    share: _Share


class EstimateIn(Body):
    market: Value
    sales: Value


class PotentialIn(Body):
    """What can be sold at most in a territory over the days from `from` to before `to`, of a
    `product` (empty: of all), by a formula or as estimated; `assumption` says where that comes
    from.
    """

    territory_id: UUID
    product: Words = ""
    measure: Literal[Measure.REVENUE, Measure.QUANTITY]
    currency: Currency | None = None
    first: Day = Field(alias="from")
    end: Day = Field(alias="to")
    formula: FormulaIn | None = None
    estimate: EstimateIn | None = Field(default=None, validate_default=True)
    assumption: Wording

    @field_validator("estimate")
    @classmethod
    def _one_way(cls, estimate: EstimateIn | None, info: ValidationInfo) -> EstimateIn | None:
        if "formula" in info.data and (info.data["formula"] is None) == (estimate is None):
            raise ValueError("either `formula` or `estimate` says how much it is")
        return estimate

    def potential(self) -> Potential:
        formula = None if self.formula is None else Formula(**dict(self.formula))
        bounds = Bounds(Decimal(0), Decimal(0))
        if formula is not None:
            bounds = bounds_of(formula)
        elif self.estimate is not None:
            bounds = Bounds(self.estimate.market, self.estimate.sales)
        return Potential(
            territory_id=self.territory_id,
            product=self.product,
            measure=self.measure,
            currency=self.currency,
            first=self.first,
            end=self.end,
            formula=formula,
            bounds=bounds,
            assumption=self.assumption,
        )


class GapOut(BaseModel):
    """Why potentials do not cover something wholly: `no_potential` of the product in the territory
    (of all products, or in all territories, where it is null), a `region` in which something is
    sold and which is in `no_territory`, only sales that have `no_region` or `no_product`, or
    that `nothing_sold` within a year tells what there is to cover.
    """

    why: Why
    territory: str | None
    region: str | None
    product: str | None


class CoverOut(BaseModel):
    """Whether the potentials of the same measure and currency cover the same thing over the same
    days, what they allow to sell, and if they do not, what is missing, of a few. `unplaced` is what
    of `sales` is for sales without a region or product, which are held against no potential: as
    much as they were to all others.
    """

    is_covered: bool
    sales: Amount | None
    unplaced: Amount | None
    gaps: list[GapOut]

    @classmethod
    def of(cls, cover: Cover, tree: Tree) -> Self:
        gaps = [
            GapOut(
                why=gap.why,
                territory=None if gap.territory_id is None else path_of(tree, gap.territory_id),
                region=gap.region,
                product=gap.product,
            )
            for gap in dict.fromkeys(cover.gaps)
        ]
        return cls(
            is_covered=cover.sales is not None,
            sales=cover.sales,
            unplaced=None if cover.sales is None else cover.unplaced,
            gaps=gaps[:MOST_SHOWN_GAPS],
        )


class FormulaOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    buyers: Amount
    frequency: Amount
    quantity: Amount
    price: Amount | None
    share: Amount


class PotentialOut(BaseModel):
    """`market` is what all sellers together, `sales` what the company can sell at most. `formula`
    is null where both are estimated.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    potential_id: UUID
    version: int
    territory_id: UUID
    product: str
    measure: Measure
    currency: str | None
    first: date = Field(alias="from")
    end: date = Field(alias="to")
    market: Amount
    sales: Amount
    formula: FormulaOut | None
    assumption: str
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, version: PotentialVersion) -> Self:
        item = version.potential
        return cls(
            potential_id=version.potential_id,
            version=version.version,
            territory_id=item.territory_id,
            product=item.product,
            measure=item.measure,
            currency=item.currency,
            first=item.first,
            end=item.end,
            market=item.bounds.market,
            sales=item.bounds.sales,
            formula=None if item.formula is None else FormulaOut.model_validate(item.formula),
            assumption=item.assumption,
            changed_at=version.changed_at,
            changed_by=version.changed_by,
        )
