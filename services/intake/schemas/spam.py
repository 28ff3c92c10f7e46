"""The block-list as it is shown, and what is added to it by hand."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.text import Text


class BlockedIn(BaseModel):
    """A phone (E.164), an e-mail address, a domain (with what is below it) or words of a text."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["phone", "email", "domain", "word"]
    value: Annotated[Text, Field(min_length=1, max_length=254)]


class BlockedOut(BaseModel):
    """`submission_id`: from whose rejection it was learned. The `value` of a text is a digest."""

    blocked_id: UUID
    kind: str
    value: str
    since: datetime
    by: str
    submission_id: UUID | None
