"""What bounds the judgement of spam."""

from tests.contract.limits import COUNT, Chapter, Limit

_INTAKE = "services.intake"

SPAM = (
    Chapter(
        "Spam",
        (
            Limit(
                "a text, of which links, markup and words of spam are looked for",
                f"{_INTAKE}.domain.spam:MAX_JUDGED_CHARACTERS",
                "characters",
                "what stands behind is not looked at",
            ),
            Limit(
                "blocked words",
                f"{_INTAKE}.use_cases.rejecting:MAX_WORDS",
                COUNT,
                "422 naming `value`",
            ),
        ),
    ),
)
