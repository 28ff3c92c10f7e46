"""What reports on money are grouped by, and how groups are shown."""

from datetime import date
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from services.kpi.repository.money.relations import TIMES


def among(names: tuple[str, ...]) -> AfterValidator:
    def check(text: str) -> str:
        chosen = text.split(",") if text else []
        if not set(chosen) <= set(names) or len(set(chosen)) != len(chosen):
            raise ValueError(f"is none, one or several, with commas, of: {', '.join(names)}")
        if len(set(chosen) & set(TIMES)) > 1:
            raise ValueError(f"holds at most one of: {', '.join(TIMES)}")
        return text

    return AfterValidator(check)


class MoneyGroupOut(BaseModel):
    """The members asked for by `group_by`; null: none, or not known. A week is its Monday, a month
    its first day.
    """

    model_config = ConfigDict(extra="forbid")

    source: UUID | None = None
    channel: str | None = None
    ad_channel: str | None = None
    campaign: str | None = None
    region: str | None = None
    product: str | None = None
    manager: UUID | None = None
    day: date | None = None
    week: date | None = None
    month: date | None = None


class MoneyLabelsOut(BaseModel):
    """What to show for a group: the source's key, the manager's name."""

    source: str | None = None
    manager: str | None = None
