"""The SMTP door, from the settings and the parts that it shares with the hooks' door."""

from urllib.parse import urlsplit

from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.smtp.listener import Certificate, Listener
from services.intake.routes.smtp.mails import Mails
from services.intake.routes.smtp.recipients import Recipients
from services.intake.settings import Settings


def smtp_door(door: Endpoint, settings: Settings) -> Listener:
    host, _, port = settings.smtp_address.rpartition(":")
    tls = None
    if settings.smtp_certificate is not None and settings.smtp_key is not None:
        tls = Certificate(settings.smtp_certificate, settings.smtp_key)
    mails = Mails(
        recipients=Recipients(door.cache),
        commits=door.commits,
        large=door.large,
        clock=door.clock,
        host_name=urlsplit(settings.public_url).hostname or "localhost",
        max_bytes=settings.smtp_mail_bytes,
        tls=tls,
    )
    return Listener(mails, host.strip("[]"), int(port), settings.smtp_peer_connections)
