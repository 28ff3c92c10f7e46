"""What bounds the reading of a body."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"
_WIRE = "shared.web.limits"

CONTENT = (
    Chapter(
        "What is read out of a body",
        (
            Limit(
                "members, objects and lists of a native inquiry together",
                f"{_INTAKE}.routes.ingest.native:MAX_MEMBERS",
                COUNT,
                "422",
            ),
            Limit(
                "values of a native inquiry that is unusual JSON",
                f"{_INTAKE}.routes.ingest.native:MAX_VALUES",
                COUNT,
                "422",
            ),
            Limit(
                "nesting of JSON",
                f"{_INTAKE}.channels.parsing.json_text:MAX_DEPTH",
                COUNT,
                "quarantined, `too_deep`",
            ),
            Limit(
                "objects and lists of one JSON text",
                f"{_INTAKE}.channels.parsing.json_text:MAX_CONTAINERS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "what is searched of a form for a site's key (Tilda)",
                f"{_INTAKE}.channels.parsing.short_values:SEARCHED_BYTES",
                BYTES,
                "401: send the key in a header, in the query or before the long fields",
            ),
            Limit(
                "a callback whose proof stands in its body (Mango, Twilio, Google Ads, VK)",
                f"{_INTAKE}.channels.signatures:MAX_SIGNED_BYTES",
                BYTES,
                "401",
            ),
            Limit(
                "events of a batch of CloudEvents",
                f"{_INTAKE}.channels.generic.cloudevents:_MOST_EVENTS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "fields of a form",
                f"{_INTAKE}.channels.parsing.forms:MAX_FIELDS",
                COUNT,
                "quarantined",
            ),
            Limit(
                "brackets in the name of a form's field, where they are read",
                f"{_INTAKE}.channels.parsing.brackets:MAX_BRACKETS",
                COUNT,
                "quarantined, `too_deep`",
            ),
            Limit(
                "time in which people fill in a plain form",
                f"{_INTAKE}.channels.forms.html_form:LEAST_FILLING_MILLISECONDS",
                "ms",
                "a spam score with the reason `filled_too_fast`",
            ),
            Limit(
                "an event, so that the log can carry it",
                "shared.contracts.envelope:MAX_EVENT_BYTES",
                BYTES,
                "quarantined, `too_large`",
            ),
            Limit(
                "CPU time for reading one submission",
                f"{_INTAKE}.use_cases.interpret:MAX_READING_SECONDS",
                SECONDS,
                "quarantined, `too_slow`",
            ),
            Limit(
                "memory for reading one submission",
                f"{_INTAKE}.use_cases.interpret:MAX_READING_BYTES",
                BYTES,
                "quarantined, `too_hungry`",
            ),
            Limit(
                "attempts that ended the process that reads",
                "shared.runtime.batch:CRASHING_ATTEMPTS",
                COUNT,
                "quarantined, `crashes_the_process`",
            ),
            Limit(
                "all that one submission says",
                f"{_INTAKE}.use_cases.interpret:MAX_CONTENT_BYTES",
                BYTES,
                "quarantined, `too_large`",
            ),
            Limit(
                "a name",
                f"{_INTAKE}.domain.names:LONGEST_NAME",
                "characters",
                "cut off; the whole stays in the submission",
            ),
            Limit(
                "numbers, and as many addresses, that are tried of one inquiry",
                f"{_INTAKE}.channels.parsing.draft:MAX_POINTS",
                COUNT,
                "kept as they were written, under `contact.other`",
            ),
            Limit(
                "columns of an imported table",
                "shared.sheets:MAX_COLUMNS",
                COUNT,
                "the import fails and says so",
            ),
            Limit(
                "a cell of an imported table",
                "shared.sheets:MAX_CELL",
                "characters",
                "the import fails and names the row",
            ),
            Limit(
                "cells up to the last row and column of an imported workbook",
                "shared.workbook_rows:MAX_LIST_CELLS",
                COUNT,
                "the import fails and says so",
            ),
            *(
                Limit(what, f"{_INTAKE}.{place}", unit, beyond)
                for what, place, unit, beyond in (
                    ("lines of a batch of inquiries", "routes.batch:MAX_LINES", COUNT, "422"),
                    (
                        "contacts of a request to approach them",
                        "schemas.approaches:MOST_APPROACHED",
                        COUNT,
                        "422",
                    ),
                    ("the file of an import", "routes.imports:MAX_FILE_BYTES", BYTES, "413"),
                    (
                        "memory that reading a workbook takes",
                        "use_cases.importing:MAX_WORKBOOK_BYTES",
                        BYTES,
                        "the import fails and says so",
                    ),
                    (
                        "a workbook's table as text",
                        "use_cases.importing:MAX_WORKBOOK_TEXT",
                        BYTES,
                        "the import fails and says so",
                    ),
                    (
                        "submissions that wait to be read while an import goes on",
                        "use_cases.importing:MOST_PENDING",
                        COUNT,
                        "the import waits",
                    ),
                )
            ),
            Limit(
                "own addresses, and as many own numbers, of a source",
                f"{_INTAKE}.schemas.sources:MOST_OWN",
                COUNT,
                "422",
            ),
            Limit(
                "text or field in which numbers are looked for",
                f"{_INTAKE}.channels.parsing.phones:MAX_SEARCHED",
                "characters",
                "later numbers stay in the text",
            ),
            Limit(
                "groups of digits that are tried as a number, of one text or field",
                f"{_INTAKE}.channels.parsing.phone_search:MAX_TRIES",
                COUNT,
                "later numbers stay in the text",
            ),
            *(
                Limit(
                    what,
                    f"{_INTAKE}.channels.{place}",
                    unit,
                    "left out of the inquiry; the whole stays in the submission",
                )
                for what, place, unit in (
                    ("text of a mail", "parsing.mail_text:MAX_TEXT", "characters"),
                    ("HTML of a mail", "parsing.html_text:MAX_HTML", "characters"),
                    ("a raw mail", "parsing.raw_mail:MAX_MAIL", BYTES),
                    ("one header of a raw mail", "parsing.raw_mail:MAX_HEADER", "characters"),
                    ("headers of a raw mail or part", "parsing.raw_mail:MAX_HEADERS", COUNT),
                    ("nesting of a raw mail", "parsing.raw_mail:MAX_NESTING", COUNT),
                    ("mails that one answers", "parsing.mail_draft:MOST_IDS", COUNT),
                    ("an address header", "parsing.mail_headers:MAX_LINE", "characters"),
                    ("addresses of one header", "parsing.mail_headers:MAX_MAILBOXES", COUNT),
                    ("`label: value` lines of a mail", "parsing.mail_forms:MAX_LINES", COUNT),
                    (
                        "numbers, and addresses, in a mail's text",
                        "parsing.mail_points:MAX_FOUND",
                        COUNT,
                    ),
                    ("parts of a raw mail", "parsing.raw_mail:MAX_PARTS", COUNT),
                )
            ),
            Limit(
                "servers that passed a mail on",
                f"{_INTAKE}.domain.mail_filter:MAX_RECEIVED",
                COUNT,
                "ignored, `loop`",
            ),
            Limit(
                "numbers, addresses and other ways kept of one contact",
                f"{_INTAKE}.domain.contact_matching:MAX_DETAILS",
                COUNT,
                "later ones are not added to the contact; they stay in their inquiry",
            ),
        ),
    ),
)
