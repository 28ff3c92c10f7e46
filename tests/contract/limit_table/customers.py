"""What bounds the customer base: labels, segments and their exports."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_HISTORY = "services.history"
_REFUSED = "422 names the place"

CUSTOMERS = (
    Chapter(
        "Customer base",
        (
            Limit(
                "tags that are defined",
                f"{_HISTORY}.use_cases.cards.definitions:MAX_TAG_DEFINITIONS",
                COUNT,
                "409 `definition-limit`",
            ),
            Limit(
                "fields that are defined",
                f"{_HISTORY}.use_cases.cards.definitions:MAX_FIELD_DEFINITIONS",
                COUNT,
                "409 `definition-limit`",
            ),
            Limit(
                "options of a field",
                f"{_HISTORY}.schemas.labels:MAX_OPTIONS",
                COUNT,
                _REFUSED,
            ),
            Limit("tags of a person", f"{_HISTORY}.domain.labels:MAX_TAGS", COUNT, _REFUSED),
            Limit(
                "characters of a value or an option",
                f"{_HISTORY}.domain.labels:MAX_TEXT",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "a number in a field, plus or minus",
                f"{_HISTORY}.domain.labels:MAX_NUMBER",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "open leads that a card shows",
                f"{_HISTORY}.use_cases.cards.show:MOST_LEADS",
                COUNT,
                "the older ones are counted",
            ),
            Limit(
                "purchases that a card shows",
                f"{_HISTORY}.use_cases.cards.show:MOST_PURCHASES",
                COUNT,
                "the earlier ones are counted and summed",
            ),
            Limit(
                "groups of counted persons",
                f"{_HISTORY}.repository.cards.cards:MOST_GROUPS",
                COUNT,
                "the smaller ones are left out",
            ),
        ),
    ),
    Chapter(
        "Segments",
        (
            Limit(
                "segments",
                f"{_HISTORY}.use_cases.segments.configure:MAX_SEGMENTS",
                COUNT,
                "409 `segment-limit`",
            ),
            Limit(
                "a filter in JSON",
                f"{_HISTORY}.schemas.segments:MAX_FILTER_BYTES",
                BYTES,
                _REFUSED,
            ),
            Limit(
                "groups inside one another",
                f"{_HISTORY}.domain.segments.reading:MAX_DEPTH",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "conditions of a filter",
                f"{_HISTORY}.domain.segments.reading:MAX_CONDITIONS",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "places that one refusal names",
                f"{_HISTORY}.domain.segments.reading:MAX_FAULTS",
                COUNT,
                "the others are named once these are mended",
            ),
            Limit(
                "values of a condition",
                f"{_HISTORY}.domain.segments.values:MAX_VALUES",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "characters of a value in a filter",
                f"{_HISTORY}.domain.segments.values:MAX_VALUE_CHARS",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "a number in a filter, plus or minus",
                f"{_HISTORY}.domain.segments.values:MAX_NUMBER",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "units of time that a relative date goes back",
                f"{_HISTORY}.domain.segments.windows:MAX_AGO",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "between two sweeps of a segment with relative dates",
                f"{_HISTORY}.use_cases.segments.membership:SWEEP_EVERY",
                SECONDS,
                "somebody enters or leaves so much later",
            ),
            Limit(
                "persons of an export as CSV",
                f"{_HISTORY}.use_cases.segments.export:MAX_IN_CSV",
                COUNT,
                "413 `too-many-to-export`",
            ),
            Limit(
                "persons of an export as a workbook",
                f"{_HISTORY}.use_cases.segments.export:MAX_IN_XLSX",
                COUNT,
                "413 `too-many-to-export`; CSV takes more",
            ),
            Limit(
                "exports that are written at once",
                f"{_HISTORY}.use_cases.segments.export:MAX_AT_ONCE",
                COUNT,
                "503 `exports-busy` with `Retry-After`",
            ),
            Limit(
                "characters of a cell of a workbook",
                "shared.spreadsheets:MAX_CELL_CHARS",
                COUNT,
                "the text is cut",
            ),
        ),
    ),
)
