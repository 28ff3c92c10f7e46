"""Full-text search over what customers wrote and managers reported."""

from typing import Annotated, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.history.domain.search.queries import MAX_QUERY
from services.history.repository.search.finding import Place, SearchFilter
from services.history.schemas.search import HitOut, HitPage
from services.history.use_cases.search.finding import find, refusal_of
from shared.database import transaction
from shared.errors import InvalidError, UnavailableError
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import (
    cursor_id,
    cursor_moment,
    cursor_number,
    decode_cursor,
    encode_cursor,
)
from shared.web.ranges import Moment
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])
_ALIKE = 2  # added to the rank in the cursor of what is found by words that are alike
MAY_SEARCH = Depends(Allow("supervisor", "manager"))
SearchedKind = Literal[
    "activity.recorded", "call.observed", "contact.changed", "inquiry.received", "inquiry.updated",
    "lead.declined", "lead.lost", "lead.next_action_set", "lead.reopened", "lead.returned",
    "lead.stage_changed", "lead.won", "purchase.cancelled", "purchase.recorded",
]  # fmt: skip
Channel = Literal["call", "form", "email", "chat", "import"]


def _criteria(
    kind: Annotated[list[SearchedKind], Query(max_length=len(get_args(SearchedKind)))] = [],  # noqa: B006  pydantic copies it
    channel: Annotated[list[Channel], Query(max_length=len(get_args(Channel)))] = [],  # noqa: B006  as above
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    owner: UUID | None = None,
) -> SearchFilter:
    return SearchFilter(kind, channel, since, until, owner)


@router.get("/v1/search")
async def search(  # noqa: PLR0917  FastAPI passes by name
    q: Annotated[Text, Query(min_length=1, max_length=MAX_QUERY)],
    caller: Annotated[Caller, MAY_SEARCH],
    database: DatabaseOf,
    audit: Audit,
    criteria: Annotated[SearchFilter, Depends(_criteria)],
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> HitPage:
    """What customers wrote and managers reported, in Russian and English, by any form of a word.

    All words must be there, the last one perhaps unfinished; `"…"` is a phrase, `-word` excludes,
    `or` (`или`) lets one of two do. A phone is found in any notation by its last seven digits or
    more, an address by its beginning, a foreign id as it stands. Found by a name, a company, a
    subject or such a point comes first, then by other words, the newest first. `owner`: only what
    is of this manager's leads; a manager finds only what is of their own. Where nothing has the
    words, what is `alike` is found: names with a few other letters, the other alphabet, the other
    keyboard. What came in the last seconds may not be found yet.
    """
    after = _after(cursor)
    try:
        # A transaction, although nothing is written: the time a look may take is set for one.
        async with transaction(database) as session:
            hits, further = await find(
                session, q, criteria, reader=caller.manager_id, after=after, limit=limit
            )
    except UnavailableError as error:
        raise refusal_of(error) from error
    subjects = {hit.item.contact_id or hit.item.document_id for hit in hits}
    audit.record("search", subjects, _shape(q, criteria, len(hits)))
    values = further and (
        further.rank + _ALIKE * further.is_alike, further.at.isoformat(), further.document_id
    )  # fmt: skip
    return HitPage(
        items=[HitOut.of(hit) for hit in hits],
        next_cursor=encode_cursor(*values) if values else None,
    )


def _shape(q: str, criteria: SearchFilter, number: int) -> dict[str, object]:
    """How it was searched, without a word of it."""
    filters = {
        "kind": criteria.kinds, "channel": criteria.channels, "from": criteria.since,
        "to": criteria.until, "owner": criteria.owner_id,
    }  # fmt: skip
    names = [name for name, value in filters.items() if value]
    return {"words": len(q.split()), "filters": names, "results": number}


def _after(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    rank, moment, document_id = decode_cursor(cursor, cursor_number, cursor_moment, cursor_id)
    is_alike, rank = divmod(rank, _ALIKE)
    if is_alike > 1:
        raise InvalidError("The cursor is not one of ours.", errors=[("/cursor", "unknown cursor")])
    return Place(rank, moment, document_id, is_alike=bool(is_alike))
