"""The product ships a sample of each provider, by which a new source is tried."""

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.reading import read
from services.intake.channels.samples import FOLDER, sample_request
from services.intake.domain.requests import Submission
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.providers.shipped import shipped, text_of
from tests.unit.intake.samples import settled, source

# The one is posted by a program of the customer's own, the other by our own import.
WITHOUT_A_PROVIDER = {"native", "csv-import"}
SHIPPED = {path.stem for path in FOLDER.glob("*.json")}


def test_every_adapter_has_one() -> None:
    assert CHANNELS.keys() - WITHOUT_A_PROVIDER == SHIPPED


def test_they_are_those_of_the_tables() -> None:
    """Else: python -m tests.unit.intake.providers.shipped"""
    samples = shipped()
    assert samples.keys() == SHIPPED
    for adapter, sample in samples.items():
        text = (FOLDER / f"{adapter}.json").read_text(encoding="utf-8")
        assert text == text_of(sample), adapter


@pytest.mark.parametrize("adapter", sorted(SHIPPED))
def test_a_new_source_makes_an_inquiry_or_a_call_of_it(adapter: str) -> None:
    """Or asks for the lead that a thin notification tells of."""
    request, view = sample_request(adapter), source(adapter)
    assert request is not None
    submission = Submission(
        view.source_id, view.source_id, native=False, request=request, received_at=NOON
    )
    content = settled(read(submission, view))
    assert content.drafts or content.follow_ups, content.quarantined or content.ignored
