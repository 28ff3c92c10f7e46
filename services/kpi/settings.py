"""Settings of kpi: its own variables begin with KPI_."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from services.kpi.domain.periods import require_zone
from shared.config import ServiceSettings, shared_name


class Settings(ServiceSettings):
    """`time_zone` is the company's: days of reports are its days unless `tz` is given."""

    model_config = SettingsConfigDict(env_prefix="KPI_")

    time_zone: str = Field(default="Europe/Moscow", validation_alias=shared_name("TIME_ZONE"))

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        require_zone(name)
        return name
