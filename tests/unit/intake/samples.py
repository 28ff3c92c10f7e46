"""The providers' sample requests, and sources to receive them."""

from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.channels import CHANNELS
from services.intake.domain.calls import alone
from services.intake.domain.requests import Content, Draft, RawRequest, SourceView

SAMPLES = Path(__file__).parents[2] / "fixtures" / "sources"
FORM = (("content-type", "application/x-www-form-urlencoded"),)
JSON = (("content-type", "application/json"),)


def source(adapter: str, **particulars: Any) -> SourceView:
    return SourceView(
        **{"source_id": UUID(int=1), "key": "site-1", "adapter": adapter, **particulars}
    )


def body(name: str) -> bytes:
    """A `.form` or `.json` sample, without the line end that an editor leaves."""
    return (SAMPLES / name).read_bytes().rstrip(b"\n")


def http(name: str, *, below: str = "") -> RawRequest:
    """An `.http` sample: request line, headers, an empty line, the body."""
    head, _, content = (SAMPLES / name).read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    method, path, _ = first.split(" ")
    headers = tuple(
        (key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines)
    )
    return RawRequest(
        method=method,
        rest=path.removeprefix(below).strip("/"),
        headers=headers,
        body=content.rstrip(b"\n"),
    )


def parse(adapter: str, request: RawRequest, **particulars: Any) -> Content:
    return CHANNELS[adapter].parse(request, source(adapter, **particulars))


def settled(findings: Content) -> Content:
    """What would become of events of calls if nothing else were told of these calls."""
    return alone(findings, source_priority=None)


def only(findings: Content) -> dict[str, Any]:
    """The one draft of a submission as JSON, without whatever is null, empty or default."""
    findings = settled(findings)
    drafts: tuple[Draft, ...] = findings.inquiries + findings.observed
    assert len(drafts) == 1
    return drafts[0].model_dump(mode="json", exclude_defaults=True)
