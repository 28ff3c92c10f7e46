"""Settings every service has. Built in `api` and `worker`, passed down, never read at import."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def shared_name(name: str) -> str:
    """A variable that is the same for all services; in code the field's own name serves too."""
    return f"LEADFLOW_{name}"


class KafkaAddress(BaseSettings):
    """Where Kafka is, and how it is reached: the same for all who connect to it."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    kafka: str = Field(default="", validation_alias=shared_name("KAFKA"))
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        default="SCRAM-SHA-512", validation_alias=shared_name("KAFKA_MECHANISM")
    )
    kafka_tls: bool = Field(default=False, validation_alias=shared_name("KAFKA_TLS"))
    # The authorities to believe instead of the machine's own.
    kafka_ca_file: Path | None = Field(default=None, validation_alias=shared_name("KAFKA_CA_FILE"))

    @model_validator(mode="after")
    def _ca_file_is_for_tls(self) -> Self:
        if self.kafka_ca_file is not None and not self.kafka_tls:
            raise ValueError("LEADFLOW_KAFKA_CA_FILE is for TLS: set LEADFLOW_KAFKA_TLS=true too")
        return self


class ServiceSettings(KafkaAddress):
    """Own variables carry the service's prefix, shared ones LEADFLOW_; a secret has no default.

    Only workers connect to Kafka: an API needs no `kafka_user`.
    """

    database_url: SecretStr
    database_pool: int = 5
    allow_unsafe_database: bool = Field(
        default=False, validation_alias=shared_name("ALLOW_UNSAFE_DATABASE")
    )
    # The public keys that tokens are checked with; what signs them is in no service's reach.
    keys_file: Path = Field(validation_alias=shared_name("KEYS_FILE"))
    service_token_file: Path | None = Field(
        default=None, validation_alias=shared_name("SERVICE_TOKEN_FILE")
    )
    kafka_user: str = ""
    kafka_password: SecretStr = SecretStr("")
    intake_url: str = Field(default="", validation_alias=shared_name("INTAKE_URL"))
    routing_url: str = Field(default="", validation_alias=shared_name("ROUTING_URL"))
    history_url: str = Field(default="", validation_alias=shared_name("HISTORY_URL"))
    kpi_url: str = Field(default="", validation_alias=shared_name("KPI_URL"))
    public_url: str = Field(
        default="http://127.0.0.1:8080", validation_alias=shared_name("PUBLIC_URL")
    )
    ready_file: Path | None = Field(default=None, validation_alias=shared_name("READY_FILE"))
    # Named where the database's disk is on this machine: its free space is part of being ready.
    database_folder: Path | None = Field(
        default=None, validation_alias=shared_name("DATABASE_FOLDER")
    )
    # How long is kept who read personal data; nobody deletes it sooner than a month.
    read_audit_days: int = Field(
        default=1095, ge=30, le=36_500, validation_alias=shared_name("READ_AUDIT_DAYS")
    )
    log_level: str = Field(default="info", validation_alias=shared_name("LOG_LEVEL"))
    log_format: str = Field(default="json", validation_alias=shared_name("LOG_FORMAT"))

    @model_validator(mode="after")
    def _user_with_password(self) -> Self:
        if bool(self.kafka_user) != bool(self.kafka_password.get_secret_value()):
            raise ValueError("a Kafka user and a Kafka password are set together, or neither is")
        return self

    def service_url(self, service: str) -> str:
        """The base URL of another service, as this process reaches it; empty when unknown."""
        return str(getattr(self, f"{service}_url")).rstrip("/")
