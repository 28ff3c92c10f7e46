"""Trying a source: what is tried, and what would come of it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.intake.domain.requests import RawRequest
from services.intake.use_cases.trial import Trial
from shared.contracts.inquiry import InquiryContent
from shared.text import Text
from shared.validation import MemberError

Header = Annotated[Text, Field(max_length=8_000)]


class RequestIn(BaseModel):
    """A request as the provider would send it; `rest` is the path below the hook's address."""

    model_config = ConfigDict(extra="forbid")

    method: Annotated[str, Field(pattern="^(GET|POST)$")] = "POST"
    rest: Annotated[Text, Field(max_length=2_000)] = ""
    query: Annotated[Text, Field(max_length=20_000)] = ""
    headers: Annotated[dict[Header, Header], Field(max_length=100)] = {}
    body: Annotated[str, Field(max_length=1_048_576)] = ""

    def request(self) -> RawRequest:
        return RawRequest(
            method=self.method,
            rest=self.rest.strip("/"),
            query=self.query,
            headers=tuple((name.lower(), value) for name, value in self.headers.items()),
            body=self.body.encode("utf-8", "replace"),
        )


class TrialIn(BaseModel):
    """Either a `request`, or a stored submission of the source; without both the provider's sample.

    `mapping` and `options`, if given, stand for those of the source, which stay as they are.
    """

    model_config = ConfigDict(extra="forbid")

    request: RequestIn | None = None
    submission_id: UUID | None = None
    mapping: dict[Text, Annotated[Text, Field(max_length=2000)]] | None = None
    options: dict[Text, Any] | None = None

    def raw_request(self) -> RawRequest | None:
        return self.request.request() if self.request else None

    @model_validator(mode="after")
    def _one_of_them(self) -> "TrialIn":
        if self.request is not None and self.submission_id is not None:
            detail = "a request or a submission_id is tried, not both"
            raise MemberError("submission_id", detail)
        return self


class TrialOut(BaseModel):
    """`reason` says why there is no inquiry. `fetches` counts documents that would be fetched from
    the provider first; `handshake` is the status of the answer to a set-up call.
    """

    inquiries: list[InquiryContent]
    observed_calls: list[InquiryContent]
    purchases: list[InquiryContent]
    external_id: str | None
    reason: str | None
    fetches: int
    handshake: int | None


def trial_out(trial: Trial) -> TrialOut:
    content = trial.content
    reason = content.quarantined or content.ignored
    return TrialOut(
        inquiries=list(content.inquiries),
        observed_calls=list(content.observed),
        purchases=[report.draft for report in content.purchases],
        external_id=content.external_id,
        reason=None if reason is None else str(reason),
        fetches=len(content.follow_ups),
        handshake=trial.handshake,
    )
