"""Whether somebody agreed to the use of their data, from a form's checkbox."""

from datetime import datetime
from typing import Any, Final

from services.intake.channels.parsing.draft import as_text
from services.intake.domain.labels import folded
from services.intake.domain.requests import Draft, SourceView
from shared.contracts.inquiry import Consent

_YES: Final = frozenset({"1", "on", "yes", "y", "true", "да", "accepted", "agree", "согласен"})
_NO: Final = frozenset({"0", "off", "no", "n", "false", "нет"})
_LABELS: Final = frozenset(
    map(
        folded,
        (
            "consent",
            "agree",
            "agreement",
            "i agree",
            "acceptance",
            "gdpr",
            "privacy",
            "privacy policy",
            "согласие",
            "согласен",
            "я согласен",
            "согласие на обработку персональных данных",
            "обработка персональных данных",
            "персональные данные",
            "политика конфиденциальности",
        ),
    )
)


def agreement(label: str, value: Any, *, is_consent: bool = False) -> bool | None:
    """Whether a field says that they agreed; None for a field about anything else.

    `is_consent` when it is known that the field asks for it.
    """
    if not is_consent and folded(label) not in _LABELS:
        return None
    words = (as_text(value) or "").strip().casefold()
    if words in _NO:
        return False
    return True if words in _YES or (is_consent and words) else None


def with_consent(
    draft: Draft,
    given: bool | None,
    source: SourceView,
    *,
    at: datetime | None,
    text_version: str | None = None,
) -> Draft:
    """The draft with that consent, to the source's text unless the form names another."""
    if given is None:
        return draft
    version = text_version or source.consent_text_version
    consent = Consent(given=given, text_version=version, at=at)
    return draft.model_copy(update={"consent": consent})
