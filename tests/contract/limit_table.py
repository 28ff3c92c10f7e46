"""The limits, chapter by chapter, in the order in which a request meets them."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"
_WIRE = "shared.web.limits"

CHAPTERS = (
    Chapter(
        "A request",
        (
            Limit(
                "request line and header fields together",
                f"{_WIRE}:HEAD_BYTES",
                BYTES,
                "431; the connection is closed",
            ),
            Limit("header fields", f"{_WIRE}:MAX_HEADERS", COUNT, "431; the connection is closed"),
            Limit(
                "time for a head to arrive, from its first byte or the connection's beginning",
                f"{_WIRE}:HEAD_SECONDS",
                SECONDS,
                "408; the connection is closed",
            ),
            Limit(
                "a body whose sender has not proved to be the source yet",
                f"{_WIRE}:UNPROVEN_BYTES",
                BYTES,
                "401, as for any unknown sender; signed bodies are read to their own limit",
            ),
            Limit(
                "a body, unless it is a mail",
                f"{_INTAKE}.settings:Settings.body_bytes",
                BYTES,
                "413",
            ),
            Limit(
                "a mail with its attachments",
                f"{_INTAKE}.settings:Settings.mail_body_bytes",
                BYTES,
                "413",
            ),
            Limit(
                "time for a body to arrive",
                f"{_WIRE}:BODY_SECONDS",
                SECONDS,
                "408; the connection is closed",
            ),
            Limit(
                "for each so much of it that has arrived, a second more",
                f"{_WIRE}:BODY_PACE_BYTES",
                BYTES,
                "as above",
            ),
            Limit(
                "chunk sizes, extensions and trailers, beyond as much as the body itself",
                f"{_WIRE}:FRAMING_BYTES",
                BYTES,
                "400; the connection is closed",
            ),
            Limit(
                "a body of any other call", "shared.web.application:MAX_BODY_BYTES", BYTES, "413"
            ),
            Limit(
                "requests that wait for their commit",
                f"{_INTAKE}.settings:Settings.queue_requests",
                COUNT,
                "503 with `Retry-After`",
            ),
            Limit(
                "bytes that wait for their commit",
                f"{_INTAKE}.settings:Settings.queue_bytes",
                BYTES,
                "503 with `Retry-After`",
            ),
            Limit(
                "time for a commit",
                f"{_INTAKE}.settings:Settings.commit_seconds",
                SECONDS,
                "503 with `Retry-After`; sending again under the same key does not double",
            ),
        ),
    ),
    Chapter(
        "Connections and memory of one process",
        (
            Limit(
                "open connections",
                f"{_WIRE}:MAX_CONNECTIONS",
                COUNT,
                "the one that has waited longest goes; where all are served, 503",
            ),
            Limit(
                "bodies that are being read or worked on, all together",
                f"{_WIRE}:BODY_BUDGET_BYTES",
                BYTES,
                "503 with `Retry-After` to whoever still sends",
            ),
            Limit(
                "bodies for hooks whose senders are not recognised yet, all together",
                f"{_INTAKE}.routes.door:STRANGERS_BYTES",
                BYTES,
                "503 with `Retry-After`",
            ),
            Limit(
                "time between an answer and the next request",
                f"{_WIRE}:KEEP_ALIVE_SECONDS",
                SECONDS,
                "the connection is closed",
            ),
            Limit(
                "time for a reader to take what fills the buffer of an answer",
                f"{_WIRE}:ANSWER_SECONDS",
                SECONDS,
                "the connection is cut off",
            ),
            Limit(
                "requests that wait on a connection for the answer to an earlier one",
                f"{_WIRE}:MAX_PIPELINED",
                COUNT,
                "they are answered, then the connection is closed",
            ),
        ),
    ),
    Chapter(
        "What is read out of a body",
        (
            Limit(
                "nesting of JSON",
                f"{_INTAKE}.channels.json_text:MAX_DEPTH",
                COUNT,
                "quarantined, `too_deep`",
            ),
            Limit(
                "objects and lists of one JSON text",
                f"{_INTAKE}.channels.json_text:MAX_CONTAINERS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "what is searched of a form for a site's key (Tilda)",
                f"{_INTAKE}.channels.short_values:SEARCHED_BYTES",
                BYTES,
                "401: send the key in a header, in the query or before the long fields",
            ),
            Limit(
                "an event of a telephone exchange (Mango)",
                f"{_INTAKE}.channels.mango:LARGEST_EVENT",
                BYTES,
                "401",
            ),
            Limit(
                "a callback of a call (Twilio)",
                f"{_INTAKE}.channels.twilio:LARGEST_CALLBACK",
                BYTES,
                "401",
            ),
            Limit(
                "fields of a form",
                f"{_INTAKE}.channels.forms:MAX_FIELDS",
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
                f"{_INTAKE}.use_cases.reading:MAX_READING_SECONDS",
                SECONDS,
                "quarantined, `too_slow`",
            ),
            Limit(
                "memory for reading one submission",
                f"{_INTAKE}.use_cases.reading:MAX_READING_BYTES",
                BYTES,
                "quarantined, `too_hungry`",
            ),
            Limit(
                "attempts that ended the process that reads",
                "shared.messaging.ladder:DEADLY_ATTEMPTS",
                COUNT,
                "quarantined, `kills_the_process`",
            ),
            Limit(
                "all that one submission says",
                f"{_INTAKE}.use_cases.reading:MAX_CONTENT_BYTES",
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
                f"{_INTAKE}.channels.card:MAX_POINTS",
                COUNT,
                "kept as they were written, under `contact.other`",
            ),
            Limit(
                "text in which a mail's numbers are looked for",
                f"{_INTAKE}.channels.phones:MAX_SEARCHED",
                "characters",
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
                    ("text of a mail", "mail:MAX_TEXT", "characters"),
                    ("HTML of a mail", "html_text:MAX_HTML", "characters"),
                    ("a raw mail", "raw_mail:MAX_MAIL", "characters"),
                    ("one header of a raw mail", "raw_mail:MAX_HEADER", "characters"),
                    ("headers of a raw mail or part", "raw_mail:MAX_HEADERS", COUNT),
                    ("nesting of a raw mail", "raw_mail:MAX_NESTING", COUNT),
                    ("parts of a raw mail", "raw_mail:MAX_PARTS", COUNT),
                )
            ),
            Limit(
                "a mail's `From` that is taken apart into name and address",
                f"{_INTAKE}.channels.mail:MAX_ADDRESS",
                "characters",
                "only the address at its end is read",
            ),
            Limit(
                "numbers, addresses and other ways kept of one contact",
                f"{_INTAKE}.domain.people:MAX_DETAILS",
                COUNT,
                "later ones are not added to the card; they stay in their inquiry",
            ),
        ),
    ),
    Chapter(
        "Who is who",
        (
            Limit(
                "phones of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.identity:MAX_PHONES",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "addresses of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.identity:MAX_EMAILS",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "known people whom one inquiry joins",
                f"{_INTAKE}.domain.joining:PEOPLE_JOINED",
                COUNT,
                "a proposal for each pair with the first of them",
            ),
            Limit(
                "contacts that become one person without a supervisor",
                f"{_INTAKE}.domain.joining:MAX_CONTACTS",
                COUNT,
                "a proposal",
            ),
            Limit(
                "people whom inquiries of one source join within an hour",
                f"{_INTAKE}.use_cases.identify:MERGES_AN_HOUR",
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
                f"{_INTAKE}.schemas.identity:MAX_PARTED",
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
    Chapter(
        "Calls of the API",
        (
            Limit(
                "rows of one page", "shared.web.pagination:MAX_LIMIT", COUNT, "422 naming `limit`"
            ),
            Limit(
                "facts of a reported activity",
                "services.history.schemas:MAX_FACTS_BYTES",
                BYTES,
                "422",
            ),
            Limit(
                "activities of one reporter that wait to be confirmed",
                "services.history.use_cases:MAX_UNCONFIRMED",
                COUNT,
                "429 with `Retry-After`; after a week an unconfirmed one is forgotten",
            ),
            Limit(
                "characters of a bearer token", "shared.web.tokens:MAX_TOKEN_CHARS", COUNT, "401"
            ),
            Limit(
                "a token's life",
                "shared.web.tokens:LONGEST_LIFE",
                SECONDS,
                "it is not minted, and 401 if it were",
            ),
            Limit(
                "a submission's body, as shown to a supervisor",
                f"{_INTAKE}.routes.masked:MAX_SHOWN_BYTES",
                BYTES,
                "it is left out; an administrator sees it",
            ),
            Limit(
                "characters of a secret that is recognised inside longer texts (at least)",
                f"{_INTAKE}.domain.withheld:LEAST_CONTAINED",
                COUNT,
                "a shorter one is hidden only where it is the whole value",
            ),
            Limit(
                "days of one report",
                "services.kpi.domain.periods:LONGEST_DAYS",
                COUNT,
                "422 naming `to`",
            ),
            Limit(
                "submissions taken up again by one call",
                f"{_INTAKE}.use_cases.repair:MAX_RENORMALISED",
                COUNT,
                "the rest waits for the next call",
            ),
        ),
    ),
    Chapter(
        "The machine below",
        (
            Limit(
                "free space of the database's disk, where its folder is known",
                "shared.web.health:LEAST_FREE_BYTES",
                BYTES,
                "below it `/health/ready` is 503 and names `disk`",
            ),
            Limit(
                "time in which a part shows that it works",
                "shared.web.health:PROOF_SECONDS",
                SECONDS,
                "`/health/ready` is 503 and names it",
            ),
            Limit(
                "lines of log that wait for a slow reader or disk",
                "shared.observability.sink:MAX_WAITING",
                COUNT,
                "dropped, counted in `leadflow_log_lines_dropped`",
            ),
            Limit(
                "characters of a line of log",
                "shared.observability.sink:MAX_CHARACTERS",
                COUNT,
                "the rest is cut off",
            ),
        ),
    ),
)

# Bounds of our own work, which nobody outside can run into: constant → why.
UNSEEN = {
    "services.intake.domain.withheld:LONGEST_LIGATURE": "of what is compared with a secret",
    "services.intake.channels.card:_LARGEST_WRITTEN_OUT": "a larger number is kept as it is shown",
    "services.intake.channels.mail:_MAX_NESTS": "comments in a sender's header",
    "services.intake.domain.names:_LONGEST_RAW_NAME": "a name is cut shorter anyway",
    "services.intake.channels.emails:_LONGEST": "no longer address is deliverable",
    "services.intake.channels.json_text:_LONGEST_INTEGER": "longer ones are kept as text",
    "services.intake.channels.phones:_LONGEST": "no phone is longer",
    "services.intake.channels.structured:_LARGEST_AMOUNT": "no sum of money is larger",
    "services.intake.channels.short_values:MOST_VALUES": "looked at when a key is searched for",
    "services.intake.channels.short_values:_LONGEST_ESCAPE": "how JSON may write a letter",
    "services.intake.domain.quotes:_LONGEST_END": "an announcement of a quote",
    "services.intake.domain.quotes:_LONGEST_LINE": "an announcement of a quote",
    "services.intake.use_cases.conservation:MAX_MINUTES": "one run; the next one goes on",
    "services.intake.use_cases.conservation:MAX_SHOWN": "examples beside the count",
    "services.intake.use_cases.failures:LONGEST_PAUSE_SECONDS": "between two tries of one fault",
    "services.intake.use_cases.group_commit:MAX_BATCH_BYTES": "the next batch takes the rest",
    "services.intake.use_cases.group_commit:MAX_BATCH_ROWS": "the next batch takes the rest",
    "services.intake.use_cases.reading:_LONGEST_EXTERNAL_ID": "as shown; compared whole",
    "services.intake.routes.door.native:_MOST_TOKENS": "remembered for a second",
    "services.intake.domain.unspoken:LEAST_KEY": "a key this long is random, and is no word",
    "shared.secret_files:LARGEST_BYTES": "no file of keys is larger",
    "shared.web.pagination:_MOST_DIGITS": "the largest number of the database",
    "shared.web.ranges:LARGEST_NUMBER": "the largest number of the database",
    "shared.web.tokens:_MAX_HEADER_CHARS": "a token's header has about a hundred",
    "shared.web.tokens:_MAX_ID_CHARS": "a token's id has 36",
    "shared.messaging.replaying:MOST": "the next round goes on",
    "shared.observability.logging:MAX_VALUE": "a longer value is cut off in the log",
    "shared.runtime:LONGEST_PAUSE_SECONDS": "between two tries of a loop",
    "shared.messaging.hearing:LONGEST_OUTAGE_PAUSE_SECONDS": "between two tries of a loop",
    "shared.messaging.gauges:LONGEST_REST_SECONDS": "between two counts of what waits",
    "shared.web.api_page:DEEPEST": "of the schemas on the page of the API",
}
