"""Settings of routing: ROUTING_… for its own, LEADFLOW_… for those that all services share."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_")

    # How long a status lasts when no `ttl_seconds` is given.
    status_seconds: int = 12 * 3600
    # An open lead that nobody owns for longer, while somebody could take it, is a fault.
    unowned_seconds: int = Field(default=120, ge=1, le=86_400)
    # What the webhooks' secrets are sealed with in the database; without it there can be none.
    sealing_keys_file: Path | None = None
    # Whether receivers of webhooks may stand in the operator's own network, also without TLS.
    webhooks_to_private: bool = False
