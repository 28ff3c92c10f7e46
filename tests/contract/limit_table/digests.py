"""What bounds scheduled reports: how many, of what, how large, and how long it is tried."""

from tests.contract.limits import BYTES, COUNT, Chapter, Limit

_SCHEMAS = "services.kpi.schemas.digests"
_USE = "services.kpi.use_cases"

DIGESTS = (
    Chapter(
        "Scheduled reports",
        (
            Limit("reports", f"{_USE}.digests.reports:MAX_REPORTS", COUNT, "409"),
            Limit("parts of one report", f"{_SCHEMAS}:MOST_SECTIONS", COUNT, "422"),
            Limit("recipients of one report", f"{_SCHEMAS}:MOST_READERS", COUNT, "422"),
            Limit(
                "managers whose load a report shows",
                "services.kpi.routes.digest_sections:MOST_LOADED",
                COUNT,
                "the others are left out",
            ),
            Limit(
                "rows of a part in the mail itself",
                "services.kpi.schemas.digest_parts:MOST_SHOWN_ROWS",
                COUNT,
                "the others stand in the files",
            ),
            Limit(
                "files of one mail",
                f"{_USE}.digests.send:LARGEST_MAIL_BYTES",
                BYTES,
                "given up, and logged",
            ),
            Limit(
                "a message to a webhook",
                "services.kpi.use_cases.deliveries.sending:LARGEST_POST_BYTES",
                BYTES,
                "given up, and logged",
            ),
        ),
    ),
)
