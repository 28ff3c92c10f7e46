"""What bounds mails that come as mails, and the files that come with inquiries."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_SMTP = "services.intake.routes.smtp"
_PARSING = "services.intake.channels.parsing"
_SETTINGS = "services.intake.settings:Settings"

MAILS = (
    Chapter(
        "Mail over SMTP",
        (
            Limit("a mail", f"{_SETTINGS}.smtp_mail_bytes", BYTES, "552"),
            Limit("recipients of a mail", f"{_SMTP}.conversation:MAX_RECIPIENTS", COUNT, "452"),
            Limit("a command", f"{_SMTP}.commands:LONGEST_LINE", BYTES, "500; the end"),
            Limit("an address", f"{_SMTP}.commands:LONGEST_ADDRESS", "characters", "501"),
            Limit(
                "commands in a row that give no mail",
                f"{_SMTP}.conversation:MAX_ERRORS",
                COUNT,
                "421; the end",
            ),
            Limit(
                "time until the next command, or the next bytes of a mail",
                f"{_SMTP}.wire:COMMAND_SECONDS",
                SECONDS,
                "421; the end",
            ),
            Limit(
                "time for a mail to arrive",
                f"{_SMTP}.conversation:MAIL_SECONDS",
                SECONDS,
                "421; the end",
            ),
            Limit("connections", f"{_SMTP}.listener:MAX_CONNECTIONS", COUNT, "421; the end"),
            Limit(
                "connections of one address",
                f"{_SETTINGS}.smtp_peer_connections",
                COUNT,
                "421; the end",
            ),
            Limit(
                "mails that are coming in, all together",
                f"{_SMTP}.mails:MAX_SPOOLED_BYTES",
                BYTES,
                "452",
            ),
            Limit(
                "large bodies that wait to be stored",
                "services.intake.repository.large_arrivals:MAX_WAITING",
                COUNT,
                "451; a hook gets 503 with `Retry-After`",
            ),
            Limit(
                "a mail of a mailbox",
                "services.intake.use_cases.mailboxes.taking:MAX_MAIL_BYTES",
                BYTES,
                "stored without its end",
            ),
        ),
    ),
    Chapter(
        "Files of an inquiry",
        (
            Limit(
                "files of an inquiry",
                f"{_PARSING}.files:MAX_FILES",
                COUNT,
                "`refused`: `too_many`; they stay in the submission",
            ),
            Limit(
                "a file",
                f"{_PARSING}.files:MAX_FILE_BYTES",
                BYTES,
                "`refused`: `too_large`; it stays in the submission",
            ),
            Limit(
                "a file's name", f"{_PARSING}.files:LONGEST_NAME", "characters", "cut, but its end"
            ),
            *(
                Limit(what, f"{_PARSING}.mail_parts:{name}", unit, "no part of its own")
                for what, name, unit in (
                    ("headers of a part of a mail", "MAX_HEAD", BYTES),
                    ("parts of a mail in which files are found", "MAX_PARTS", COUNT),
                    ("nesting of a mail in which files are found", "MAX_NESTING", COUNT),
                )
            ),
        ),
    ),
)
