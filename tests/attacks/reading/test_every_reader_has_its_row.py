"""A new reader of what senders write registers a hostile generator, or this fails."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from services.intake import channels, domain
from services.intake.channels import CHANNELS
from services.intake.channels.channel import no_files
from tests.attacks.reading.generators import TABLE

pytestmark = pytest.mark.attacks

# A function that takes one of these may be handed whatever a sender wrote.
FROM_SENDERS = ("str", "bytes", "Any", "RawRequest", "Iterable", "Mapping", "dict", "list")
# What is called with our own or the operator's words, or with the values of a reader that has rows.
OURS = {
    "services.intake.channels.parsing.purchases:check_options",
    "services.intake.domain.approaches:permit_of",
    "services.intake.domain.consents:strictest",
    "services.intake.domain.consents:withdrawn",
    "services.intake.domain.purchases:new_state",
    "services.intake.domain.purchases:purchase_id",
    "services.intake.domain.renormalising:changes_shown",
    "services.intake.domain.renormalising:compared",
    "services.intake.domain.renormalising:may_revive",
    "services.intake.domain.renormalising:revived",
    "services.intake.channels.apart:answer",
    "services.intake.channels.apart:file",
    "services.intake.channels.body_proofs:by_word",
    "services.intake.channels.body_proofs:read_for_proof",
    "services.intake.channels.channel:no_files",
    "services.intake.channels.email.mailbox_options:mailbox_faults",
    "services.intake.channels.email.mailbox_options:mailbox_options",
    "services.intake.channels.reading:file_of",
    "services.intake.channels.samples:sample_request",
    "services.intake.channels.reading:read",
    "services.intake.channels.parsing.draft:campaign",
    "services.intake.channels.parsing.draft:contact",
    "services.intake.channels.parsing.draft:build",
    "services.intake.channels.forms.ad_answers:single",
    "services.intake.channels.forms.ad_answers:words_of",
    "services.intake.channels.forms.html_form:answer",
    "services.intake.channels.forms.origins:check_options",
    "services.intake.channels.forms.origins:headers",
    "services.intake.channels.forms.origins:is_web_address",
    "services.intake.channels.forms.origins:preflight",
    "services.intake.channels.forms.thank_you:thank_you",
    "services.intake.channels.parsing.body:fetched",
    "services.intake.domain.renormalising:leaves",
    "services.intake.channels.parsing.mapping:lay",
    "services.intake.channels.parsing.mapping:mapped",
    "services.intake.channels.parsing.members:part",
    "services.intake.channels.parsing.members:parts",
    "services.intake.channels.signatures:require_hex",
    "services.intake.channels.channel:by_body",
    "services.intake.channels.email.s3:place_of",
    "services.intake.channels.email.s3:presigned",
    "services.intake.channels.signatures:by_key",
    "services.intake.channels.generic.generic_json:answer",
    "services.intake.channels.generic.generic_json:check_mapping",
    "services.intake.channels.parsing.own_points:set_apart",
    "services.intake.channels.parsing.phone_chains:at_wide_gaps",
    "services.intake.channels.parsing.phones:e164_or_raw",
    "services.intake.channels.signatures:by_any_spelling",
    "services.intake.channels.signatures:only_known",
    "services.intake.channels.signatures:require_recent",
    "services.intake.channels.signatures:secret",
    "services.intake.channels.telephony.calls:add_customer",
    "services.intake.channels.telephony.binotel:answer",
    "services.intake.channels.telephony.binotel:answer_found",
    "services.intake.channels.telephony.calls:is_internal",
    "services.intake.channels.telephony.calls:seconds_of",
    "services.intake.channels.telephony.calls:outcome_of",
    "services.intake.channels.telephony.megafon:answer",
    "services.intake.channels.telephony.megafon:answer_found",
    "services.intake.channels.generic.generic_json:draft_of",
    "services.intake.channels.generic.native:as_purchase",
    "services.intake.channels.parsing.purchases:purchase_content",
    "services.intake.channels.generic.standard_webhooks:enveloped_draft",
    "services.intake.channels.message_signatures:is_ed25519",
    "services.intake.channels.message_signatures:message_id",
    "services.intake.channels.signatures:bearer_token",
    "services.intake.channels.signatures:require_bare_hmac",
    "services.intake.channels.telephony.legs:is_own",
    "services.intake.channels.telephony.plivo:answer",
    "services.intake.channels.telephony.vonage:answer",
    "services.intake.channels.telephony.reports:direction_between",
    "services.intake.channels.telephony.reports:international",
    "services.intake.channels.telephony.reports:is_extension",
    "services.intake.channels.telephony.reports:reported",
    "services.intake.channels.telephony.reports:texted",
    "services.intake.channels.telephony.sipuni:answer",
    "services.intake.channels.telephony.tracked:add_origin",
    "services.intake.channels.telephony.tracked:parameters",
    "services.intake.channels.telephony.twilio:answer",
    "services.intake.domain.call_matching:same_call",
    "services.intake.domain.calls:alone",
    "services.intake.domain.calls:draft_of",
    "services.intake.domain.calls:filled",
    "services.intake.domain.imports:is_place",
    "services.intake.domain.keys:call_inquiry_id",
    "services.intake.domain.keys:call_observation_id",
    "services.intake.domain.keys:canonical",
    "services.intake.domain.keys:contact_points",
    "services.intake.domain.merging:canonicals",
    "services.intake.domain.merging:changed",
    "services.intake.domain.contact_matching:flattened",
    "services.intake.domain.priority:priority_class",
    "services.intake.domain.restoring:restored",
    "services.intake.domain.shared_points:is_shared",
    "services.intake.domain.shared_points:leads_further",
    "services.intake.domain.shared_points:people_with",
    "services.intake.domain.secret_search:secret_set",
    "services.intake.domain.watch:profile_of",
    "services.intake.domain.spam:judged",
    "services.intake.domain.spam:verdict",
}
READERS = {inspect.unwrap(row.reader) for row in TABLE}


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(found.name)


def _public(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, function in vars(module).items():
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield f"{module.__name__}:{name}", function


def _takes_a_senders_words(function: Callable[..., object]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(
        word in str(parameter.annotation) for parameter in parameters for word in FROM_SENDERS
    )


@pytest.mark.parametrize("package", [channels, domain], ids=lambda package: package.__name__)
def test_every_public_reader_has_a_row(package: ModuleType) -> None:
    readers = {
        name: function
        for module in _modules(package)
        for name, function in _public(module)
        if _takes_a_senders_words(function)
    }
    missing = [name for name, function in readers.items() if function not in READERS]

    assert len(readers) > 10
    assert set(missing) <= OURS, sorted(set(missing) - OURS)


@pytest.mark.parametrize("name", CHANNELS)
def test_every_adapter_has_rows_for_all_it_does(name: str) -> None:
    channel = CHANNELS[name]
    readers = (channel.parse, channel.verify, channel.handshake, channel.delivery_key)
    for reader in (*readers, channel.files):
        assert reader is no_files or inspect.unwrap(reader) in READERS, (
            f"{name} has no row for {reader.__name__}"
        )


def test_what_is_ours_is_there() -> None:
    functions = {
        name for package in (channels, domain) for module in _modules(package)
        for name, _ in _public(module)
    }  # fmt: skip
    assert functions >= OURS
