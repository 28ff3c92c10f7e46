"""Settings of kpi: its own variables begin with KPI_."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.kpi.domain.periods import require_zone
from shared.config import ServiceSettings, shared_name
from shared.mailing import NO_SERVER, MailServer
from shared.senders import sender_of


class Settings(ServiceSettings):
    """`time_zone` is the company's: days of reports are its days unless `tz` is given. The public
    holidays of its `country` are no working days.
    """

    model_config = SettingsConfigDict(env_prefix="KPI_")

    time_zone: str = Field(default="Europe/Moscow", validation_alias=shared_name("TIME_ZONE"))
    country: str = Field(
        default="RU", pattern="^[A-Z]{2}$", validation_alias=shared_name("COUNTRY")
    )

    # What the webhooks' secrets are sealed with in the database; without it there can be none.
    sealing_keys_file: Path | None = None
    # Whether receivers of webhooks may stand in the operator's own network, also without TLS.
    webhooks_to_private: bool = False
    # The mail server, `smtp://user:password@host:587` or `none`, and whom mails come from.
    smtp_url: SecretStr | None = None
    mail_from: str = "Leadflow <leadflow@localhost>"

    def mail_server(self) -> MailServer | None:
        """None if there is none."""
        if self.smtp_url is None:
            return None
        return MailServer.of(self.smtp_url.get_secret_value(), sender=self.mail_from)

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or url.get_secret_value() in {"", NO_SERVER}:
            return None
        MailServer.of(url.get_secret_value(), sender="")
        return url

    @field_validator("mail_from")
    @classmethod
    def _can_send(cls, text: str) -> str:
        return sender_of(text)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        require_zone(name)
        return name
