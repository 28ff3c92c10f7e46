"""Intake's settings: limits of the door, defaults of sources."""

from ipaddress import ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.intake.domain.times import zone_exists
from shared.config import ServiceSettings, shared_name

MEBIBYTE = 1_048_576


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    # What the sources' secrets are sealed with in the database: no other service has this file.
    sealing_keys_file: Path
    sources: Path | None = Field(default=None, validation_alias=shared_name("SOURCES"))
    country: str = Field(
        default="RU", pattern="^[A-Z]{2}$", validation_alias=shared_name("COUNTRY")
    )
    time_zone: str = Field(default="Europe/Moscow", validation_alias=shared_name("TIME_ZONE"))
    body_bytes: int = Field(default=MEBIBYTE, ge=1024)
    mail_body_bytes: int = Field(default=25 * MEBIBYTE, ge=1024)
    # Where the SMTP door listens, as host:port; without it there is none.
    smtp_address: str = Field(
        default="", pattern=r"^(|.*:[0-9]{1,5})$", validation_alias=shared_name("SMTP_ADDRESS")
    )
    smtp_certificate: Path | None = Field(
        default=None, validation_alias=shared_name("SMTP_CERTIFICATE")
    )
    smtp_key: Path | None = Field(default=None, validation_alias=shared_name("SMTP_KEY"))
    smtp_mail_bytes: int = Field(default=50 * MEBIBYTE, ge=MEBIBYTE)
    smtp_peer_connections: int = Field(default=20, ge=1)
    queue_requests: int = Field(default=5000, ge=1)
    queue_bytes: int = Field(default=64 * MEBIBYTE, ge=1024)
    commit_seconds: float = Field(default=2.0, gt=0, le=2.0)
    secret_overlap_seconds: int = Field(default=86_400, ge=0)
    grace_seconds: int = Field(default=30, ge=0)
    # Host → the base URL that is called in its place: a proxy, or a server of the tests.
    fetch_hosts: dict[str, str] = Field(
        default_factory=dict, validation_alias=shared_name("FETCH_HOSTS")
    )
    # Proxies of ours, whose word on the sender's address counts: addresses or networks by commas;
    # `private` stands for all private networks.
    trusted_proxies: str = Field(
        default="127.0.0.0/8,::1", validation_alias=shared_name("TRUSTED_PROXIES")
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _readable_networks(cls, words: str) -> str:
        for word in _words(words):
            if word != "private":
                ip_network(word, strict=False)
        return words

    def proxies(self) -> tuple[str, ...]:
        return _words(self.trusted_proxies)

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.smtp_certificate is None) != (self.smtp_key is None):
            raise ValueError("LEADFLOW_SMTP_CERTIFICATE and LEADFLOW_SMTP_KEY are set together")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if not zone_exists(name):
            raise ValueError("there is no such time zone")
        return name


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
