"""What a route may take as parameters: the database, the time, a zone, the version, a page."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Query, Request

from shared.clock import Clock
from shared.database import Database
from shared.errors import InvalidError
from shared.web.pagination import DEFAULT_LIMIT, MAX_LIMIT


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.clock()
    return moment


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _if_match(
    header: Annotated[
        str | None,
        Header(alias="If-Match", description='`"<version>"` as last seen; it must be given'),
    ] = None,
) -> int:
    """The version the caller has seen. Raises InvalidError when it is absent or no number."""
    if header is None:
        raise InvalidError(
            "Say which version you have seen.", errors=[("/If-Match", "the header is required")]
        )
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidError(
            "The version is a number.", errors=[("/If-Match", 'expected "<version>"')]
        )
    return int(text)


def _if_match_given(
    header: Annotated[
        str | None,
        Header(alias="If-Match", description='`"<version>"` as last seen; without it, any'),
    ] = None,
) -> int | None:
    """The version the caller has seen, if they say so. Raises InvalidError when it is no number."""
    return None if header is None else _if_match(header)


def _zone(
    tz: Annotated[str, Query(max_length=64, description="an IANA time zone")] = "UTC",
) -> ZoneInfo:
    """Raises InvalidError for a name that the IANA list does not have."""
    try:
        return ZoneInfo(tz)
    except (KeyError, OSError, ValueError):
        raise InvalidError(
            "The time zone is unknown.", errors=[("/tz", "is no time zone of the IANA list")]
        ) from None


DatabaseOf = Annotated[Database, Depends(_database)]
ClockOf = Annotated[Clock, Depends(_clock)]
Now = Annotated[datetime, Depends(_now)]
Zone = Annotated[ZoneInfo, Depends(_zone)]
IfMatch = Annotated[int, Depends(_if_match)]
IfMatchGiven = Annotated[int | None, Depends(_if_match_given)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
LIMIT_DEFAULT = DEFAULT_LIMIT
