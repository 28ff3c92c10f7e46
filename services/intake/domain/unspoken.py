"""An inquiry without its source's secrets: they reach no row, no event and no screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.intake.domain.masking import MASK, masked_text
from services.intake.domain.requests import Draft, Parsed, SourceView
from services.intake.domain.withheld import Withheld, withheld

# Where a masked text would be mistaken for the thing itself: better nothing than that.
_NO_WORDS = frozenset(
    {"external_id", "provider_call_id", "from", "to", "line", "employee", "phones", "emails"}
)
_REQUIRED = ("channel", "priority_class")
LEAST_KEY = 20  # a source's key this long is random; a shorter one may be a word that people use


def secrets_of(source: SourceView) -> Withheld:
    """What nobody may be shown of this source: its proofs, and its key where that is the proof."""
    values = [
        value
        for proofs in (source.secrets, source.former_secrets)
        for name, value in proofs.items()
        if not name.endswith("username")  # a name is half a proof, and often an everyday word
    ]
    if source.key_is_the_secret:
        values.append(f"hooks/{source.key}")
        values += [source.key] if len(source.key) >= LEAST_KEY else []
    return withheld(values)


def without_secrets(parsed: Parsed, source: SourceView) -> Parsed:
    """What was read, with every secret of the source taken out of it.

    An id that is, or holds, a secret is the same for everybody, and tells nothing apart: None.
    """
    secrets = secrets_of(source)
    if not secrets:
        return parsed
    external_id = parsed.external_id
    if external_id is not None and secrets.found_in(external_id):
        external_id = None
    return Parsed(
        inquiries=tuple(spoken_draft(draft, secrets) for draft in parsed.inquiries),
        observed=tuple(spoken_draft(draft, secrets) for draft in parsed.observed),
        ignored=parsed.ignored,
        external_id=external_id,
    )


def spoken_draft(draft: Draft, secrets: Withheld) -> Draft:
    """The draft itself where it holds no secret, which is nearly always; else a cleaned copy."""
    content = draft.model_dump(mode="json")
    if not any(map(secrets.found_in, _words(content))):
        return draft
    cleaned = {name: _cleaned(value, secrets, name) for name, value in content.items()}
    for name in _REQUIRED:
        cleaned[name] = cleaned[name] or MASK
    return Draft.model_validate(cleaned)


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


def _cleaned(value: Any, secrets: Withheld, name: str = "") -> Any:
    """The tree without secrets: a value that is nothing else is left out, or None."""
    if isinstance(value, dict):
        pairs = {
            masked_text(label, secrets): _cleaned(item, secrets, label)
            for label, item in value.items()
        }
        gone = {label for label, item in pairs.items() if item is None and _holds(value, label)}
        return {label: item for label, item in pairs.items() if label not in gone}
    if isinstance(value, list):
        kept = [(item, _cleaned(item, secrets, name)) for item in value]
        return [after for before, after in kept if after is not None or before is None]
    if isinstance(value, bool) or value is None or not secrets.found_in(str(value)):
        return value
    if name in _NO_WORDS or not isinstance(value, str):
        return None
    masked = masked_text(value, secrets)
    return None if masked == MASK else masked


def _holds(value: Mapping[str, Any], label: str) -> bool:
    return value.get(label) is not None
