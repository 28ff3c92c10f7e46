"""Finds the names of customers that are alike a word, by the groups of three letters they share.

Names are those of cards: nothing else keeps them, and erasing a person takes theirs from there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import asyncpg

from services.history.domain.search.spellings import latin_of
from services.history.repository.session_time import limit_time
from shared.database import Row, Session
from shared.statements import columns

LEAST_LETTERS = 4  # of a word; shorter ones are alike too much
# Of 1, how much of a word a name has at least: of a short one, a single letter takes a half away.
# So few are looked at only where nothing has more.
_NEAR, _FAR = "0.6", "0.4"
# In a large table a short name has very many to look at, most of them not alike after all: each
# look has its time, and what it has not found by then is not alike.
LOOK_SECONDS = 0.5
_NEARNESS = "SELECT set_config('pg_trgm.word_similarity_threshold', :least, true)"
_LIMITS = {
    "cards": 200,  # looked at for each spelling
    "most": 5,  # names for each word, the most alike first
    "least": 0.3,  # of 1, how alike they are at least
}
_ALIKE = """
SELECT word, part FROM (
    SELECT word, part, row_number() OVER (
        PARTITION BY word ORDER BY max(similarity(latin, in_latin(part, NULL))) DESC, part)
        AS place
    FROM (
        SELECT w.word, w.latin, regexp_split_to_table(translate(lower(
            concat_ws(' ', c.name, c.company)), 'ё', 'е'), '[^[:alnum:]]+') AS part
        FROM unnest(CAST(:words AS text[]), CAST(:latin AS text[])) AS w(word, latin)
        CROSS JOIN LATERAL (SELECT name, company FROM card
            WHERE card.latin %> w.latin LIMIT :cards) AS c) AS named
    WHERE similarity(latin, in_latin(part, NULL)) >= :least
    GROUP BY word, part) AS pair
WHERE place <= :most
ORDER BY word, place
"""


async def list_alike(
    session: Session, spellings: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The words of names and companies that are alike these words, in any of their spellings; in a
    transaction. What later statements have time for is set anew by the caller.
    """
    rows = {
        (word, latin)
        for word, others in spellings.items()
        for latin in map(latin_of, (word, *others))
        if len(latin) >= LEAST_LETTERS
    }
    names: dict[str, list[str]] = defaultdict(list)
    for least in (_NEAR, _FAR):
        if rest := sorted(row for row in rows if row[0] not in names):
            for row in await _look(session, least, rest):
                names[row.word].append(row.part)
    return names


async def _look(session: Session, least: str, pairs: Sequence[tuple[str, str]]) -> Sequence[Row]:
    await session.execute("SAVEPOINT look")
    try:
        await limit_time(session, seconds=LOOK_SECONDS)
        await session.execute(_NEARNESS, {"least": least})
        return await session.execute(_ALIKE, {**columns("words latin", pairs), **_LIMITS})
    except asyncpg.QueryCanceledError:
        await session.execute("ROLLBACK TO SAVEPOINT look")
    return ()
