"""Every sample of every provider gives the asserted inquiry, or the asserted reason for none."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.reading import read
from services.intake.domain.requests import Submission
from tests.unit.intake.providers import (
    email,
    forms,
    generic,
    postmark,
    raw,
    raw_broken,
    telephony,
    tracking,
    unpublished,
    world,
)
from tests.unit.intake.providers.sample import SAMPLES, Sample
from tests.unit.intake.samples import settled

ALL: tuple[Sample, ...] = (
    *forms.SAMPLES,
    *telephony.SAMPLES,
    *tracking.SAMPLES,
    *world.SAMPLES,
    *generic.SAMPLES,
    *email.SAMPLES,
    *postmark.SAMPLES,
    *email.FETCHED,
    *raw.SAMPLES,
    *raw_broken.SAMPLES,
    *unpublished.SAMPLES,
)


def outcome(sample: Sample) -> Any:
    """What the normaliser would settle: inquiries and observed calls as JSON, or the reason."""
    view, request = sample.view(), sample.request()
    channel = CHANNELS[sample.adapter]
    if channel.handshake(request, view) is not None:
        return "handshake"
    if channel.lookup(request, view) is not None:
        return "lookup"
    submission = Submission(
        view.source_id,
        view.source_id,
        native=False,
        request=request,
        received_at=sample.received_at,
    )
    content = settled(read(submission, view))
    reason = content.quarantined or content.ignored
    if reason is not None:
        return str(reason)
    drafts = [draft.model_dump(mode="json", exclude_defaults=True) for draft in content.drafts]
    return drafts[0] if len(drafts) == 1 else drafts


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.file)
def test_sample(sample: Sample) -> None:
    assert outcome(sample) == sample.outcome


def test_every_file_has_a_row() -> None:
    rows = {SAMPLES / sample.file for sample in ALL}
    files = {path for path in SAMPLES.rglob("*") if path.is_file()}
    assert rows <= files
    rest = {path for path in files - rows if not _is_of_the_proofs(path)}
    assert {path.name for path in rest if not _is_inside_a_row(path, rows)} == set()


def _is_of_the_proofs(path: Path) -> bool:
    """Signatures and certificates: the tests of proofs name them."""
    name = path.name.replace(".signature-vectors.json", "")
    tests = Path(__file__).parent.glob("test_*proofs.py")
    is_named = any(name in test.read_text(encoding="utf-8") for test in tests)
    return is_named and path.name.endswith(("vectors.json", "vector.json", ".pem"))


def _is_inside_a_row(path: Path, rows: set[Path]) -> bool:
    """The event of an exchange beside the whole request that brings it."""
    request = path.with_suffix(".http")
    if request not in rows:
        return False
    form = parse_qs(request.read_text(encoding="utf-8").rpartition("\n\n")[2])
    return [json.loads(text) for text in form["json"]] == [json.loads(path.read_bytes())]
