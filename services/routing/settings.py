"""Settings of routing: ROUTING_… for its own, LEADFLOW_… for those that all services share."""

from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_")

    # How long a status lasts when no `ttl_seconds` is given.
    status_seconds: int = 12 * 3600
