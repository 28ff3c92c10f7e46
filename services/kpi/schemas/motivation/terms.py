"""Terms of pay schemes as they are sent and shown; what they may say is checked by the domain."""

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from services.kpi.domain.motivation.terms import (
    COMPANY_BANDS,
    PERSONAL_BANDS,
    Band,
    Company,
    Curve,
    GroupBonus,
    Measure,
    Personal,
    ProductGroup,
    Terms,
)
from services.kpi.schemas.fields import Currency, Key, Name
from services.kpi.use_cases.motivation.schemes import Draft
from shared.contracts.inquiry import Amount
from shared.text import ONE_LINE
from shared.web.fields import Body

MOST_BANDS = 50
MOST_GROUPS = 200
MOST_PRODUCTS = 1000  # of one group
MOST_MANAGERS = 1000  # of one scheme

Number = Annotated[Amount, Field(max_digits=24, decimal_places=6, allow_inf_nan=False)]
Product = Annotated[str, StringConstraints(max_length=200), ONE_LINE]


class BandTerms(Body):
    """Attainments from `begins` to before `ends`: `pays` at its beginning, and `accelerator` more
    for each further unit of attainment (1 is 100 %).
    """

    begins: Number
    ends: Number | None = None
    pays: Number
    accelerator: Number = Decimal(0)

    @classmethod
    def of(cls, band: Band) -> Self:
        return cls(**band._asdict())


def _bands(curve: Curve) -> list[BandTerms]:
    return [BandTerms.of(band) for band in curve]


def _usual_personal() -> list[BandTerms]:
    return _bands(PERSONAL_BANDS)


def _usual_company() -> list[BandTerms]:
    return _bands(COMPANY_BANDS)


Bands = Annotated[list[BandTerms], Field(max_length=MOST_BANDS)]


class PersonalTerms(Body):
    """The bonus for the own plan, times what the bands make of its attainment."""

    bonus: Number
    measure: Measure = "revenue"
    bands: Bands = Field(default_factory=_usual_personal)


class CompanyTerms(Body):
    """What the personal bonus is multiplied by, for the attainment of the company's plan."""

    measure: Measure = "revenue"
    bands: Bands = Field(default_factory=_usual_company)


class GroupTerms(Body):
    key: Key
    products: Annotated[list[Product], Field(min_length=1, max_length=MOST_PRODUCTS)]


class BonusTerms(Body):
    """For a group of products: a `rate` of what its sales come to, or an amount `per_sale`."""

    group: Key
    rate: Number | None = None
    per_sale: Number | None = None


class TermsBody(Body):
    """What a month pays: base + personal bonus x multiplier + bonuses of groups of products, at
    least `floor`, at most `cap`. Sales in other currencies count nothing.
    """

    currency: Currency
    base: Number = Decimal(0)
    personal: PersonalTerms | None = None
    company_multiplier: CompanyTerms | None = None
    groups: Annotated[list[GroupTerms], Field(max_length=MOST_GROUPS)] = Field(default_factory=list)
    bonuses: Annotated[list[BonusTerms], Field(max_length=MOST_GROUPS)] = Field(
        default_factory=list
    )
    floor: Number | None = None
    cap: Number | None = None

    def terms(self) -> Terms:
        personal, company = self.personal, self.company_multiplier
        return Terms(
            currency=self.currency,
            base=self.base,
            personal=None
            if personal is None
            else Personal(personal.bonus, personal.measure, _curve(personal.bands)),
            company=None if company is None else Company(company.measure, _curve(company.bands)),
            groups=tuple(ProductGroup(one.key, tuple(one.products)) for one in self.groups),
            bonuses=tuple(GroupBonus(one.group, one.rate, one.per_sale) for one in self.bonuses),
            floor=self.floor,
            cap=self.cap,
        )

    @classmethod
    def of(cls, terms: Terms) -> Self:
        personal, company = terms.personal, terms.company
        return cls(
            currency=terms.currency,
            base=terms.base,
            personal=personal
            and PersonalTerms(
                bonus=personal.bonus, measure=personal.measure, bands=_bands(personal.bands)
            ),
            company_multiplier=company
            and CompanyTerms(measure=company.measure, bands=_bands(company.bands)),
            groups=[GroupTerms(key=one.key, products=list(one.products)) for one in terms.groups],
            bonuses=[
                BonusTerms(group=one.group, rate=one.rate, per_sale=one.per_sale)
                for one in terms.bonuses
            ],
            floor=terms.floor,
            cap=terms.cap,
        )


class SchemeIn(Body):
    """Without `manager_ids` it is for everybody whom no other scheme names."""

    name: Name
    manager_ids: Annotated[list[UUID], Field(max_length=MOST_MANAGERS)] = Field(
        default_factory=list
    )
    terms: TermsBody

    def draft(self) -> Draft:
        return Draft(self.name, self.manager_ids, self.terms.terms())


def _curve(bands: list[BandTerms]) -> Curve:
    return tuple(Band(one.begins, one.ends, one.pays, one.accelerator) for one in bands)
