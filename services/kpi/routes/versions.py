"""Pages of what is kept in versions, where the answer is a bare array of them."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response

from services.kpi.repository.versions import Part
from shared.web.dependencies import LIMIT_DEFAULT, Limit
from shared.web.pagination import link_next, number_cursor, page

Version = TypeVar("Version")


class Versions:
    """Which page is asked for; `Link` of the answer says where the next one is."""

    def __init__(
        self,
        request: Request,
        answer: Response,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
        limit: Limit = LIMIT_DEFAULT,
    ) -> None:
        self.request, self.response = request, answer
        self.part = Part(number_cursor(cursor), limit)
        self.limit = limit

    def page(self, versions: Sequence[Version]) -> Sequence[Version]:
        """Those of the page, of one more than its limit."""
        window = page(versions, limit=self.limit, key=attrgetter("version"))
        link_next(self.request, self.response, window.next_cursor)
        return window.items


VersionsOf = Annotated[Versions, Depends()]
