"""The versions of each story: knowledge moves by UTC day, and a version lasts until the next one.

A version is a story that did not change from one day to another, so the versions are a function of
the set of facts too, and what they said on any day can be told for ever.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.kpi.domain.stories.circles import Circle, LinkedFacts
from services.kpi.domain.stories.folding import tell
from services.kpi.domain.stories.story import FOR_EVER, Story, Version

ONE_DAY: Final = timedelta(days=1)
Versions = dict[UUID, list[Version]]


def retold(
    circle: Circle, facts: LinkedFacts, old: Mapping[UUID, Sequence[Version]], since: date
) -> Versions:
    """The versions of every story of the circle, by the id of lead or inquiry.

    `old` are those that were stored; nothing that became known before `since` has changed.
    """
    versions = {
        story_id: [_until(version, since) for version in rows if version.known_on < since]
        for story_id, rows in old.items()
    }
    for day in circle.days(facts, since):
        stories = tell(circle, facts, _end_of(day))
        present: dict[UUID, Story] = {**stories.leads, **stories.placements}
        for story_id in circle.ids():
            _go_on(versions.setdefault(story_id, []), present.get(story_id), day)
    return versions


def _until(version: Version, day: date) -> Version:
    # Beyond `day` it has to be told again. What was still true the day before may be true for ever.
    return version if version.known_until < day else version._replace(known_until=FOR_EVER)


def _go_on(versions: list[Version], story: Story | None, day: date) -> None:
    """Let the versions say from `day` on what the story says; None ends the last one."""
    last = versions[-1] if versions else None
    is_open = last is not None and last.known_until == FOR_EVER
    if last is not None and is_open:
        if last.story == story:
            return
        versions[-1] = last._replace(known_until=day)
    if story is not None:
        versions.append(Version(day, FOR_EVER, story))


def _end_of(day: date) -> datetime:
    following = day + ONE_DAY
    return datetime(following.year, following.month, following.day, tzinfo=UTC)
