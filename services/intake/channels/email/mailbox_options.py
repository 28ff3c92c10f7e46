"""The options of a source that name its mailbox."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.validation import faults

IMAPS_PORT = 993
IMAP_PORT = 143


class MailboxOptions(BaseModel):
    """`tls`: from the beginning, by STARTTLS, or none, which only suits a server on this machine.

    `since`: mails from this day on are taken too; without it only those that come from now on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")]
    port: Annotated[int | None, Field(ge=1, le=65_535)] = None
    tls: Literal["tls", "starttls", "none"] = "tls"
    username: Annotated[str, Field(min_length=1, max_length=320)]
    mailbox: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")] = (
        "INBOX"
    )
    since: date | None = None
    mark_seen: bool = False
    poll_seconds: Annotated[int, Field(ge=10, le=3600)] = 60

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port or (IMAPS_PORT if self.tls == "tls" else IMAP_PORT)


def mailbox_options(options: Mapping[str, Any]) -> MailboxOptions:
    """Raises ValueError."""
    return MailboxOptions.model_validate(dict(options))


def mailbox_faults(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(JSON pointer, detail) for each option at fault."""
    try:
        mailbox_options(options)
    except ValidationError as error:
        return faults(error.errors(), at="/options")
    return []
