"""What bounds searching, taking stories away, and noting who reads."""

from tests.contract.limits import COUNT, Chapter, Limit

_HISTORY = "services.history"

HISTORY = (
    Chapter(
        "Search, stories and who reads",
        (
            Limit(
                "words of a search",
                f"{_HISTORY}.domain.search.queries:MAX_TERMS",
                COUNT,
                "422 that names `q`",
            ),
            Limit(
                "characters of one entry or report that are found",
                f"{_HISTORY}.domain.search.documents:MAX_CHARACTERS",
                COUNT,
                "words behind them are not found",
            ),
            Limit(
                "texts of one entry or report that are found",
                f"{_HISTORY}.domain.search.documents:MAX_PARTS",
                COUNT,
                "words behind them are not found",
            ),
            Limit(
                "items of one story",
                f"{_HISTORY}.use_cases.story.reading:MAX_ITEMS",
                COUNT,
                "the oldest are given; `complete` is false",
            ),
            Limit(
                "leads of one story",
                f"{_HISTORY}.use_cases.story.reading:MAX_LEADS",
                COUNT,
                "later ones are not listed; their events are among the items",
            ),
            Limit(
                "readings in one story",
                f"{_HISTORY}.use_cases.story.reading:MAX_READS",
                COUNT,
                "the latest are given; `/v1/read-audit` has all",
            ),
            Limit(
                "characters of an entry's words on a printed page",
                f"{_HISTORY}.domain.story.page:LONGEST_TEXT",
                COUNT,
                "the rest is in the other forms",
            ),
            Limit(
                "characters of a cell of a workbook",
                "shared.spreadsheets:MAX_CELL_CHARS",
                COUNT,
                "the text is cut",
            ),
            Limit(
                "readings of one process that wait to be noted",
                "shared.read_audit.recorder:MAX_WAITING",
                COUNT,
                "503 with `Retry-After` to whoever asks for personal data",
            ),
            Limit(
                "days for which readings are kept",
                "shared.config:ServiceSettings.read_audit_days",
                COUNT,
                "they are deleted",
            ),
        ),
    ),
)
