"""One row of the table of samples: a provider's request, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.domain.requests import RawRequest, SourceView

SAMPLES = Path(__file__).parents[3] / "fixtures" / "sources"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
KINDS = {
    ".form": "application/x-www-form-urlencoded",
    ".json": "application/json",
    ".xml": "application/xml",
    ".eml": "message/rfc822",
}


@dataclass(frozen=True)
class Sample:
    """`file` below tests/fixtures/sources. `outcome` is the whole inquiry or observed call as JSON
    without defaults, a list of them, the reason why there is none, `handshake` or `lookup`.

    `.http` files hold a whole request, `.query` ones a query string, others a body.
    """

    file: str
    adapter: str
    outcome: Mapping[str, Any] | list[Mapping[str, Any]] | str
    rest: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    received_at: datetime = NOON
    fetched: Mapping[str, bytes] = field(default_factory=dict)

    def view(self) -> SourceView:
        return SourceView(
            **{"source_id": UUID(int=1), "key": "site-1", "adapter": self.adapter, **self.source}
        )

    def request(self) -> RawRequest:
        raw = (SAMPLES / self.file).read_bytes()
        suffix = Path(self.file).suffix
        if suffix == ".http":
            return self._whole_request(raw)
        kind = KINDS.get(suffix)
        headers = (*self.headers, *((("content-type", kind),) if kind else ()))
        if suffix == ".query":
            query = raw.decode().strip()
            return RawRequest("GET", self.rest, query, headers, received_at=self.received_at)
        body = raw if suffix == ".eml" else raw.rstrip(b"\n")
        return RawRequest("POST", self.rest, "", headers, body, "", self.received_at, self.fetched)

    def _whole_request(self, raw: bytes) -> RawRequest:
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        first, *lines = head.decode().split("\n")
        method, target, *_ = first.split(" ")
        query = target.partition("?")[2]
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        if "multipart/" in dict(headers).get("content-type", ""):
            body = body.replace(b"\n", b"\r\n")
        else:
            body = body.rstrip(b"\n")
        return RawRequest(
            method,
            self.rest,
            query,
            (*headers, *self.headers),
            body,
            f"https://leads.example/intake/v1/hooks/site-1{'?' if query else ''}{query}",
            self.received_at,
            self.fetched,
        )
