"""When the managers work: over midnights and changes of clocks, never, or always."""

from typing import Any

HOMES = ("UTC", "Europe/Berlin", "America/New_York", "Europe/Moscow", "Europe/Berlin")
WEEKDAYS, EVERY_DAY = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]
OFFICE = {
    "time_zone": "Europe/Berlin",
    "shifts": [
        {
            "from": "09:00",
            "to": "18:00",
            "days": WEEKDAYS,
            "breaks": [{"from": "13:00", "to": "13:45"}],
        }
    ],
    "leave": [{"from": "2026-03-09", "to": "2026-03-10"}],
}
NIGHTS = {
    "time_zone": "America/New_York",
    "shifts": [{"from": "22:00", "to": "06:30", "days": [1, 3, 5, 6, 7]}],
    "days": [
        {"day": "2026-03-08", "replaces": True, "spans": [{"from": "01:15", "to": "02:40"}]},
        {"day": "2025-11-02", "replaces": False, "spans": [{"from": "00:10", "to": "01:30"}]},
    ],
}
NEVER: dict[str, Any] = {"shifts": [], "days": [], "leave": []}
IN_TURNS = {
    "shifts": [
        {
            "from": "00:30",
            "to": "02:30",
            "days": [1, 2, 5],
            "cycle": 5,
            "valid_from": "2025-10-21",
        },
        {"from": "12:00", "to": "15:20", "days": EVERY_DAY, "kind": "on_call"},
    ],
    "leave": [{"from": "2026-03-28T10:00", "to": "2026-03-29T03:30"}],
}
CALENDARS: tuple[dict[str, Any] | None, ...] = (None, OFFICE, NIGHTS, NEVER, IN_TURNS)
