"""What bounds alerts: rules, those who are told, and how long it is tried."""

from tests.contract.limits import COUNT, SECONDS, Chapter, Limit

_USE = "services.kpi.use_cases.alerts"
_SENT = "services.kpi.use_cases.deliveries"

ALERTS = (
    Chapter(
        "Alerts",
        (
            Limit("rules", f"{_USE}.rules:MAX_RULES", COUNT, "409"),
            Limit("recipients", f"{_SENT}.recipients:MAX_RECIPIENTS", COUNT, "409"),
            Limit(
                "addresses of one recipient",
                "services.kpi.schemas.recipients:MOST_MAILS",
                COUNT,
                "422",
            ),
            Limit(
                "recipients of one rule",
                "services.kpi.schemas.alerts:MOST_RECIPIENTS",
                COUNT,
                "422",
            ),
            Limit(
                "hours of a rule's window",
                "services.kpi.schemas.alerts:LONGEST_WINDOW_HOURS",
                COUNT,
                "422",
            ),
            Limit(
                "values of one axis that a rule watches",
                f"{_USE}.watch:MOST_KEYS",
                COUNT,
                "the others are not judged",
            ),
            Limit("one command to a mail server", "shared.mailing:SECONDS", SECONDS, "tried again"),
            Limit(
                "all commands before a mail's content",
                "shared.mailing:ENVELOPE_SECONDS",
                SECONDS,
                "tried again",
            ),
            Limit(
                "a mail's content, until the server has judged it",
                "shared.mailing:CONTENT_SECONDS",
                SECONDS,
                "tried again, perhaps twice there",
            ),
            Limit(
                "tries of one alert or report",
                f"{_SENT}.sending:TRYING",
                SECONDS,
                "given up, and logged",
            ),
        ),
    ),
)
