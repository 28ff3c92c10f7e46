"""Mails of a mailbox that we look into: see the poller. The options name the mailbox:
host, port, tls, username, mailbox, since, mark_seen.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.email import smtp
from services.intake.channels.parsing import raw_mails

CHANNEL = Channel(
    name="imap",
    verify=smtp.verify,
    parse=smtp.parse,
    files=smtp.files,
    delivery_key=raw_mails.delivery_key,
    secrets={"password": True},
    mail=True,
)
