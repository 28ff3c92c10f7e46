"""Settings of history: its own variables begin with HISTORY_."""

from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="HISTORY_")
