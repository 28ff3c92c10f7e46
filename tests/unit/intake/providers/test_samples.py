"""Every sample of every provider gives the asserted inquiry, or the asserted reason for none."""

from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.reading import read
from services.intake.domain.requests import Submission
from tests.unit.intake.providers import (
    email,
    forms,
    generic,
    raw,
    raw_broken,
    telephony,
    tracking,
    world,
)
from tests.unit.intake.providers.sample import Sample
from tests.unit.intake.samples import settled

ALL: tuple[Sample, ...] = (
    *forms.SAMPLES,
    *telephony.SAMPLES,
    *tracking.SAMPLES,
    *world.SAMPLES,
    *generic.SAMPLES,
    *email.SAMPLES,
    *email.FETCHED,
    *raw.SAMPLES,
    *raw_broken.SAMPLES,
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
