"""Which part of what a number counts is asked for: a page, or all of it as one table."""

from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from starlette.responses import Response

from services.kpi.domain.exports.about import About
from services.kpi.repository.drill.pages import DrillDown, DrillDownItem
from services.kpi.routes.exports import Form, FormOf
from services.kpi.schemas.drill_down import DrillDownItemOut, DrillDownPage
from services.kpi.use_cases.reports.drill_pages import Window
from shared.database import Database, Session, transaction
from shared.web.dependencies import LIMIT_DEFAULT, Limit
from shared.web.pagination import cursor_id, cursor_moment, cursor_number, decode_cursor, page

AFTER: Final = (cursor_moment, cursor_id, cursor_number)
_PLACE: Final = attrgetter("place")
Find = Callable[[Session, Window], Awaitable[DrillDown]]


class Slice:
    """Which part of a list is asked for; a table holds all of it."""

    def __init__(
        self,
        form: FormOf,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = LIMIT_DEFAULT,
    ) -> None:
        self.form: Form = form
        self.limit = form.most(limit)
        place = form.cursor(cursor)
        after = None if place is None else decode_cursor(place, *AFTER)
        self.window = Window(
            None if after is None else (after[0], after[1], after[2]), self.limit + 1
        )

    async def answer(self, database: Database, note: About, find: Find) -> DrillDownPage | Response:
        """The page, or the table."""

        async def read(session: Session, after: Any, number: int) -> Sequence[DrillDownItem]:
            return (await find(session, Window(after, number))).items

        if self.form.is_table:
            show = DrillDownItemOut.model_validate
            return await self.form.table(
                database, note, DrillDownItemOut, read, show=show, place=_PLACE
            )
        async with transaction(database) as session:
            rows = await find(session, self.window)
        window = page(rows.items, limit=self.limit, key=_PLACE)
        items = [DrillDownItemOut.model_validate(item) for item in window.items]
        return DrillDownPage(items=items, next_cursor=window.next_cursor, total=rows.total)


SliceOf = Annotated[Slice, Depends()]
