"""Marks what matches in texts, as only PostgreSQL can say: by stems."""

from collections.abc import Sequence

from services.history.domain.search.excerpts import START, STOP
from shared.database import Session

_MARKED = """
SELECT CASE WHEN strpos(stems, CAST(:start AS text)) > 0 THEN stems
    ELSE ts_headline('simple', words, query, options) END
FROM (
    SELECT place, words, query, options,
        ts_headline('russian', words, query, options) AS stems
    FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS t(words, place), (
        SELECT CAST(:query AS tsquery) AS query,
            'HighlightAll=true, StartSel=' || :start || ', StopSel=' || :stop AS options
    ) AS q
) AS marked
ORDER BY place
"""


async def list_marked(session: Session, query: str, texts: Sequence[str]) -> Sequence[str]:
    """The folded texts in their order, with START and STOP around each word that matches."""
    params = {"query": query, "texts": list(texts), "start": START, "stop": STOP}
    return (await session.execute(_MARKED, params)).scalars()
