"""What bounds the reading of a body, and what its reading may join."""

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
                "a signed callback of a telephone exchange (Mango, Twilio)",
                f"{_INTAKE}.channels.telephony.calls:MAX_SIGNED_BYTES",
                BYTES,
                "401",
            ),
            Limit(
                "fields of a form",
                f"{_INTAKE}.channels.parsing.forms:MAX_FIELDS",
                COUNT,
                "quarantined",
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
            *(
                Limit(what, f"{_INTAKE}.{place}", unit, beyond)
                for what, place, unit, beyond in (
                    ("lines of a batch of inquiries", "routes.batch:MAX_LINES", COUNT, "422"),
                    ("the file of an import", "routes.imports:MAX_FILE_BYTES", BYTES, "413"),
                    (
                        "columns of an imported table",
                        "channels.parsing.sheets:MAX_COLUMNS",
                        COUNT,
                        "the import fails and says so",
                    ),
                    (
                        "a cell of an imported table",
                        "channels.parsing.sheets:MAX_CELL",
                        "characters",
                        "the import fails and names the row",
                    ),
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
    Chapter(
        "Who is who",
        (
            Limit(
                "phones of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.keys:MAX_PHONES",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "addresses of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.keys:MAX_EMAILS",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "known people whom one inquiry joins",
                f"{_INTAKE}.domain.identity_resolution:MAX_MERGED_PEOPLE",
                COUNT,
                "a proposal for each pair with the first of them",
            ),
            Limit(
                "contacts that become one person without a supervisor",
                f"{_INTAKE}.domain.identity_resolution:MAX_CONTACTS",
                COUNT,
                "a proposal",
            ),
            Limit(
                "people whom inquiries of one source join within an hour",
                f"{_INTAKE}.use_cases.resolve_contacts:MERGES_AN_HOUR",
                COUNT,
                "a proposal",
            ),
            Limit(
                "different people who may give one phone or address",
                f"{_INTAKE}.domain.shared_points:PEOPLE_OF_A_POINT",
                COUNT,
                "it is shared and joins nobody, unless an operator says otherwise",
            ),
            Limit(
                "open proposals of one source",
                f"{_INTAKE}.repository.proposals:MAX_OPEN_PROPOSALS",
                COUNT,
                "left out and counted: `dropped` of the list, `identity.proposals_dropped`",
            ),
            Limit(
                "contacts named by one split",
                f"{_INTAKE}.schemas.identity:MAX_SPLIT",
                COUNT,
                "422 naming `contact_ids`",
            ),
            Limit(
                "merges undone by one call",
                f"{_INTAKE}.use_cases.split:MAX_UNDONE",
                COUNT,
                "`remaining` tells how many wait for the next call",
            ),
        ),
    ),
)
