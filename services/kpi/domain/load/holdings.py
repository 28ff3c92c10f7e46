"""What stories add to the changes of managers' load: leads that come and leads that go."""

from collections import defaultdict
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.stories.story import FOR_EVER, Holding, LeadStory, Version


class Moment(NamedTuple):
    """When something changed for a manager, and the day from which on it is known."""

    manager_id: UUID
    at: datetime
    known_on: date


class Change(NamedTuple):
    """Holdings that began and that ended, and by how many thousandths of a unit the load grew."""

    begun: int
    ended: int
    units: int


_Stretch = tuple[UUID, datetime, datetime | None, int]


class LoadCounting:
    """Adds up how the changes of load differ from what they were."""

    def __init__(self) -> None:
        # Most that a new version says of holdings was said before: it is summed first.
        self._times: dict[tuple[date, _Stretch], int] = defaultdict(int)

    def version(self, sign: int, version: Version) -> None:
        """Count a version of a story for as long as it was known, or no more."""
        story = version.story
        if not isinstance(story, LeadStory) or story.is_test:
            return
        for holding in story.holdings:
            stretch = _stretch(holding)
            self._times[version.known_on, stretch] += sign
            if version.known_until != FOR_EVER:
                self._times[version.known_until, stretch] -= sign

    def changes(self) -> dict[Moment, Change]:
        """The differences, without those that change nothing."""
        sums: dict[Moment, Change] = {}
        for (known_on, (manager_id, since, until, units)), times in self._times.items():
            if times:
                _add(sums, Moment(manager_id, since, known_on), Change(times, 0, times * units))
                if until is not None:
                    end = Moment(manager_id, until, known_on)
                    _add(sums, end, Change(0, times, -times * units))
        return {moment: change for moment, change in sums.items() if any(change)}


def _stretch(holding: Holding) -> _Stretch:
    until = holding.until
    if until is not None and until < holding.since:
        until = holding.since  # by a clock that was set back
    return holding.manager_id, holding.since, until, holding.units_milli


def _add(sums: dict[Moment, Change], moment: Moment, change: Change) -> None:
    before = sums.get(moment)
    if before is not None:
        pairs = zip(before, change, strict=True)
        change = Change(*(one + more for one, more in pairs))
    sums[moment] = change
