"""What stories add to sums of durations, as SQL: one SELECT for each measure, from rows of `story`
with a `sign`.
"""

from typing import Final

from services.kpi.domain.rollups.classes import LAST_BEGIN, NARROW, RATIO, SEGMENTS
from services.kpi.domain.stories.contributions import LONGEST_VALUE
from services.kpi.domain.waiting import STEPS

STORY_COLUMNS: Final = (
    "received_at", "is_test", "source_id", "channel", "campaign", "region", "product", "pipeline",
    "owner_id", "assigned_at", "accepted_at", "contacted_at", "won_at", "lost_at", "aside_at",
    "visits",
)  # fmt: skip
_COLUMN_OF: Final = {
    "source": "source_id",
    "channel": "channel",
    "campaign": "campaign",
    "region": "region",
    "product": "product",
    "pipeline": "pipeline",
    "manager": "owner_id",
}
_AXES: Final = tuple(_COLUMN_OF)
_TARGETS: Final = ("assigned", "accepted", "contacted", "won", "lost")
# What each visit of a stage says: stage, first entered at, seconds of finished stays, there since.
_VISITS: Final = "CROSS JOIN LATERAL jsonb_array_elements(visits) AS visit"
_ENTERED: Final = "CAST(visit ->> 1 AS timestamptz)"
# Whoever was forgotten is watched no more.
_ENDED: Final = "coalesce(won_at, lost_at, aside_at)"


def class_of_seconds(seconds: str) -> str:
    """SQL: the class of a duration, as domain/rollups/classes.py has it."""
    cases = [f"WHEN {seconds} <= {NARROW} THEN ceil({seconds})"]
    passed = NARROW
    for begin, end, classes in SEGMENTS:
        place = f"{classes} * ln({seconds} / {begin}) / ln({end}.0 / {begin})"
        cases.append(f"WHEN {seconds} <= {end} THEN {passed} + ceil({place})")
        passed += classes
    place = f"ln({seconds} / {LAST_BEGIN}) / ln({RATIO})"
    return f"CAST(CASE {' '.join(cases)} ELSE {passed} + ceil({place}) END AS integer)"


def _part(value: str, class_: str, where: str, *, join: str = "") -> str:
    return (
        "SELECT sign, changed_on, CAST(received_at AT TIME ZONE 'UTC' AS date) AS day,"
        f" {value} AS value, {class_} AS class FROM story {join}"
        f" WHERE NOT is_test AND {where}"
    )


def _between(begin: str, end: str) -> str:
    after = f"CAST(greatest(0, extract(epoch FROM {end} - {begin})) AS double precision)"
    return class_of_seconds(after)


def _duration(value: str, begin: str, end: str, where: str = "true", *, join: str = "") -> str:
    condition = f"{begin} IS NOT NULL AND {end} IS NOT NULL AND {where}"
    return _part(value, _between(begin, end), condition, join=join)


RESPONSE_CLASS: Final = (
    f"CASE WHEN contacted_at IS NOT NULL THEN {_between('received_at', 'contacted_at')} END"
)


def _response(column: str) -> str:
    value = f"left(coalesce(CAST({column} AS text), ''), {LONGEST_VALUE})"
    return _duration(value, "received_at", "contacted_at")


# Each gives `sign`, `changed_on`, `day` (that of receipt), `value`, `class`. `response:` measures
# are by an axis; `to`, `ended` and `open` by a target or stage: of the leads that have come there
# the time to it, the time to their end, and the hour of the day of receipt of those that have none;
# the empty value of the latter two stands for all leads.
def _parts() -> dict[str, str]:
    hour = "CAST(extract(hour FROM received_at AT TIME ZONE 'UTC') AS integer)"
    stage = "visit ->> 0"
    parts = {f"response:{axis}": _response(_COLUMN_OF[axis]) for axis in _AXES}
    parts["step"] = " UNION ALL ".join(
        _duration(f"'{name}'", step.begin, step.end) for name, step in STEPS.items()
    )
    parts["stay"] = _part(
        f"pipeline || '/' || ({stage})",
        class_of_seconds("CAST(visit ->> 2 AS double precision)"),
        "visit ->> 3 IS NULL",
        join=_VISITS,
    )
    to, ended, opened = [], [], []
    ended.append(_duration("''", "received_at", _ENDED))
    opened.append(_part("''", hour, f"{_ENDED} IS NULL"))
    for target in _TARGETS:
        value, reached = f"'{target}'", f"{target}_at"
        to.append(_duration(value, "received_at", reached))
        ended.append(_duration(value, "received_at", _ENDED, f"{reached} IS NOT NULL"))
        opened.append(_part(value, hour, f"{_ENDED} IS NULL AND {reached} IS NOT NULL"))
    to.append(_duration(f"'/' || ({stage})", "received_at", _ENTERED, join=_VISITS))
    ended.append(_duration(f"'/' || ({stage})", "received_at", _ENDED, join=_VISITS))
    opened.append(_part(f"'/' || ({stage})", hour, f"{_ENDED} IS NULL", join=_VISITS))
    for name, selects in (("to", to), ("ended", ended), ("open", opened)):
        parts[name] = " UNION ALL ".join(selects)
    return parts


PARTS: Final = _parts()
OPEN: Final = "open"  # is kept by single days: its classes are hours of the day
