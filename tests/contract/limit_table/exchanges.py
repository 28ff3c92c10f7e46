"""What bounds telephone calls."""

from tests.contract.limits import COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"

EXCHANGES = (
    Chapter(
        "Telephone calls",
        (
            Limit(
                "nesting of XML",
                f"{_INTAKE}.channels.parsing.xml_text:MAX_DEPTH",
                COUNT,
                "quarantined, `too_deep`",
            ),
            Limit(
                "elements and attributes of one XML text",
                f"{_INTAKE}.channels.parsing.xml_text:MAX_ELEMENTS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "waiting for the end of a call, from its last event",
                f"{_INTAKE}.use_cases.hear_calls:OVERDUE",
                SECONDS,
                "it becomes an inquiry by what is known of it",
            ),
            Limit(
                "between the starts that an exchange and call tracking tell of one call",
                f"{_INTAKE}.domain.call_matching:SAME_CALL",
                SECONDS,
                "two inquiries",
            ),
            Limit(
                "looking up who is calling, for an exchange that asks",
                f"{_INTAKE}.routes.ingest.lookups:LOOKUP_SECONDS",
                SECONDS,
                "answered that nobody is known",
            ),
        ),
    ),
)
