"""Removal of a source's secrets from an inquiry, so that no row, event or page holds them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from services.intake.domain.keys import key_digest
from services.intake.domain.masking import MASK, masked_text
from services.intake.domain.purchases import PurchaseReport
from services.intake.domain.requests import CallReport, Content, Draft, SourceView
from services.intake.domain.secret_search import SecretSet, secret_set

# A masked value of these would be taken for a real id, number or address: they are left out.
_IDENTIFIERS = frozenset(
    {"external_id", "provider_call_id", "from", "to", "line", "employee", "phones", "emails"}
)
_REQUIRED = ("channel", "priority_class")
LEAST_KEY = 20  # a source's key this long is random; a shorter one may be a word that people use


def secrets_of(source: SourceView) -> SecretSet:
    """The secrets of a source that nobody may be shown; its key too, where the key is the proof."""
    values = [
        value
        for proofs in (source.secrets, source.former_secrets)
        for name, value in proofs.items()
        if not name.endswith("username")  # a name is half a proof, and often an everyday word
    ]
    if source.key_is_the_secret:
        values.append(f"hooks/{source.key}")
        values += [source.key] if len(source.key) >= LEAST_KEY else []
    return secret_set(values)


def redact(content: Content, source: SourceView) -> Content:
    """The content without any secret of the source."""
    secrets = secrets_of(source)
    if not secrets:
        return content
    external_id = content.external_id
    if external_id is not None and secrets.found_in(external_id):
        external_id = None  # it is the same in every delivery, so it identifies nothing
    drafts = tuple(redact_draft(draft, secrets) for draft in content.drafts)
    calls = tuple(_redact_call(report, secrets) for report in content.calls)
    purchases = tuple(_redact_purchase(report, secrets) for report in content.purchases)
    return replace(
        content, drafts=drafts, external_id=external_id, calls=calls, purchases=purchases
    )


def _redact_purchase(report: PurchaseReport, secrets: SecretSet) -> PurchaseReport:
    order_id, reason = report.order_id, report.reason
    if secrets.found_in(order_id):
        order_id = key_digest(order_id).hex()  # it still tells two orders apart
    reason = None if reason is None else masked_text(reason, secrets)
    draft = redact_draft(report.draft, secrets)
    return replace(report, order_id=order_id, reason=reason, draft=draft)


def _redact_call(report: CallReport, secrets: SecretSet) -> CallReport:
    call_id = report.call_id
    if secrets.found_in(call_id):
        call_id = key_digest(call_id).hex()  # it still tells two calls apart
    return replace(report, call_id=call_id, draft=redact_draft(report.draft, secrets))


def redact_draft(draft: Draft, secrets: SecretSet) -> Draft:
    """The draft itself if it holds no secret, as nearly always; else a copy without them."""
    content = draft.model_dump(mode="json")
    if not any(map(secrets.found_in, _words(content))):
        return draft
    members = {name: _cleaned(value, secrets, name) for name, value in content.items()}
    for name in _REQUIRED:
        members[name] = members[name] or MASK
    return Draft.model_validate(members)


def _words(value: Any) -> Iterator[str]:
    """Every name and value in a JSON tree, as text."""
    if isinstance(value, dict):
        for label, item in value.items():
            yield label
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield value
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _cleaned(value: Any, secrets: SecretSet, name: str = "") -> Any:
    """The tree without secrets: a value that is only a secret is left out, or None."""
    if isinstance(value, dict):
        pairs = {
            masked_text(label, secrets): _cleaned(item, secrets, label)
            for label, item in value.items()
        }
        empty_labels = {
            label for label, item in pairs.items() if item is None and _holds(value, label)
        }
        return {label: item for label, item in pairs.items() if label not in empty_labels}
    if isinstance(value, list):
        item_pairs = [(item, _cleaned(item, secrets, name)) for item in value]
        return [after for before, after in item_pairs if after is not None or before is None]
    if isinstance(value, bool) or value is None or not secrets.found_in(str(value)):
        return value
    if name in _IDENTIFIERS or not isinstance(value, str):
        return None
    text = masked_text(value, secrets)
    return None if text == MASK else text


def _holds(value: Mapping[str, Any], label: str) -> bool:
    return value.get(label) is not None
