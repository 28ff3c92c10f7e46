"""What is fuzzed is proven: else all of it would be refused at the door, and nothing be shown."""

import pytest

from services.intake.channels import CHANNELS
from services.intake.channels.samples import sample_request
from services.intake.domain.requests import RawRequest, Unauthenticated
from tests.attacks.providers_of_mischief import ADAPTERS, SECRETS, proven
from tests.unit.intake.samples import FORM, JSON, source

pytestmark = pytest.mark.attacks
URL = "https://leads.example/intake/v1/hooks/site-1"
# Mails that come another way, rows of our own imports, and what only Amazon can sign.
NOT_POSTED = {"smtp", "imap", "csv-import"}
UNPROVABLE = "ses-sns"
FORMS_ONLY = {"plivo"}


def test_every_adapter_is_fuzzed() -> None:
    assert CHANNELS.keys() == set(ADAPTERS) | NOT_POSTED


@pytest.mark.parametrize("adapter", sorted(SECRETS.keys() - {UNPROVABLE}))
def test_each_proof_holds_for_a_sample_and_for_mischief(adapter: str) -> None:
    sample = sample_request(adapter)
    assert sample is not None
    view = source(adapter, secrets=SECRETS[adapter])
    verify = CHANNELS[adapter].verify
    verify(proven(adapter, sample, URL), view)
    verify(proven(adapter, RawRequest(headers=FORM, body=b"a=1&b=2"), URL), view)
    if adapter not in FORMS_ONLY:
        verify(proven(adapter, RawRequest(headers=JSON, body=b"{}"), URL), view)


def test_nobody_signs_for_amazon() -> None:
    sample = sample_request(UNPROVABLE)
    assert sample is not None
    with pytest.raises(Unauthenticated):
        CHANNELS[UNPROVABLE].verify(proven(UNPROVABLE, sample, URL), source(UNPROVABLE))
