"""What bounds calendars, in JSON and as iCalendar."""

from tests.contract.limits import BYTES, COUNT, Chapter, Limit

_BODIES = "services.routing.schemas.calendars.bodies"
_BOUNDS = "services.routing.schemas.calendars.file_bounds"
_RULES = "services.routing.schemas.calendars.rules"
_EVENTS = "services.routing.schemas.calendars.events"
_REFUSED = "422 names the field"
_REFUSED_EVENT = "422 names the event"

CALENDARS = (
    Chapter(
        "Calendars",
        (
            Limit("shifts of a calendar", f"{_BODIES}:MAX_SHIFTS", COUNT, _REFUSED),
            Limit("single days of a calendar", f"{_BODIES}:MAX_DAYS", COUNT, _REFUSED),
            Limit("spans of a single day", f"{_BODIES}:MAX_SPANS", COUNT, _REFUSED),
            Limit("breaks of a shift", f"{_BODIES}:MAX_BREAKS", COUNT, _REFUSED),
            Limit("days on which a shift is left out", f"{_BODIES}:MAX_SKIPS", COUNT, _REFUSED),
            Limit("days of a cycle", f"{_BODIES}:LONGEST_CYCLE", COUNT, _REFUSED),
            Limit("days that a shift lasts", f"{_BODIES}:MOST_DAYS_LATER", COUNT, _REFUSED),
            Limit(
                "times of leave of a calendar",
                "services.routing.use_cases.calendars.configure:MAX_LEAVE",
                COUNT,
                _REFUSED,
            ),
            Limit(
                "days of duty that are shown at once",
                "services.routing.routes.calendars:LONGEST_PLAN_DAYS",
                COUNT,
                _REFUSED,
            ),
            Limit("a file of iCalendar", f"{_BOUNDS}:MAX_FILE_BYTES", BYTES, "413"),
            Limit(
                "characters of one of its lines, unfolded",
                f"{_BOUNDS}:MAX_LINE_CHARACTERS",
                COUNT,
                "422",
            ),
            Limit("its events", f"{_BOUNDS}:MAX_EVENTS", COUNT, _REFUSED_EVENT),
            Limit("its components of any kind", f"{_BOUNDS}:MAX_COMPONENTS", COUNT, "422"),
            Limit("components inside one another", f"{_BOUNDS}:MAX_DEPTH", COUNT, "422"),
            Limit(
                "zones that it defines",
                "services.routing.schemas.calendars.zones:MAX_ZONES",
                COUNT,
                "422",
            ),
            Limit("dates of an EXDATE or RDATE", f"{_EVENTS}:MAX_DATES", COUNT, _REFUSED_EVENT),
            Limit("COUNT of a rule", f"{_RULES}:MAX_COUNT", COUNT, _REFUSED_EVENT),
            Limit("INTERVAL of a rule", f"{_RULES}:MAX_INTERVAL", COUNT, _REFUSED_EVENT),
            Limit("values of a part of a rule", f"{_RULES}:MAX_VALUES", COUNT, _REFUSED_EVENT),
            Limit(
                "days that are looked at to find those of all rules of a file",
                "services.routing.schemas.calendars.recurrence:MAX_STEPS",
                COUNT,
                _REFUSED_EVENT,
            ),
        ),
    ),
)
