"""What intake's processes are built from."""

from collections.abc import Sequence
from datetime import timedelta

from services.intake import api
from services.intake.channels.apart import TARGET
from services.intake.handlers import apply
from services.intake.repository.reconciliation import INQUIRIES, SUBMISSIONS
from services.intake.routes import (
    approaches,
    attachments,
    batch,
    consents,
    contacts,
    erasures,
    identity,
    imports,
    inquiries,
    proposals,
    purchases,
    reconciliation,
    renormalisations,
    source_health,
    sources,
    spam,
    submissions,
)
from services.intake.settings import Settings
from services.intake.use_cases.erasure.confirm import erasing_loop
from services.intake.use_cases.fetch import Fetcher, fetch_all
from services.intake.use_cases.follow_ups import DUE
from services.intake.use_cases.gauges import show_counts
from services.intake.use_cases.importing import (
    MAX_WORKBOOK_BYTES,
    MAX_WORKBOOK_TEXT,
    Importer,
    imports_loop,
)
from services.intake.use_cases.imports import IMPORTS
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.judgement import forgetting_loop
from services.intake.use_cases.mailboxes.watch import mailboxes_loop
from services.intake.use_cases.overdue_calls import overdue_calls_loop
from services.intake.use_cases.peers import peers_of
from services.intake.use_cases.pending import normaliser_loop
from services.intake.use_cases.pending_apart import apart_loop
from services.intake.use_cases.reconcile import reconciliation_loop
from services.intake.use_cases.renormalisations import RENORMALISATIONS
from services.intake.use_cases.renormalising import Renormaliser, renormalisations_loop
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.restore import restore
from services.intake.use_cases.settling import Normaliser
from services.intake.use_cases.sources import sources_loop
from services.intake.use_cases.watch import watch_loop
from shared.clock import Clock
from shared.database import Database
from shared.runtime.loop import Loop, Progress
from shared.sandbox.process import Sandbox
from shared.sealing import Sealing
from shared.service import Service, WorkerParts
from shared.web.public_client import PublicClient, open_public_client
from shared.workbook_tables import TARGET as WORKBOOKS


def _prepare(database: Database, settings: Settings) -> None:
    """Raises SecretFileError."""
    database.sealing = Sealing.open(settings.sealing_keys_file)


async def _fetch(parts: WorkerParts[Settings], progress: Progress) -> None:
    settings = parts.settings
    async with open_public_client() as client:
        fetcher = Fetcher(
            Normaliser(parts.database, Reader(new_sandbox(TARGET)), parts.clock),
            PublicClient(client, settings.fetch_hosts),
            most_bytes=settings.body_bytes,
            most_mail_bytes=settings.mail_body_bytes,
        )
        await fetch_all(fetcher, progress)


def _importer(database: Database, clock: Clock) -> Importer:
    workbooks = Sandbox(WORKBOOKS, memory_bytes=MAX_WORKBOOK_BYTES, answer_bytes=MAX_WORKBOOK_TEXT)
    return Importer(database, clock, Reader(new_sandbox(TARGET)), workbooks)


def _leading(parts: WorkerParts[Settings]) -> Sequence[Loop]:
    database, clock = parts.database, parts.clock
    normaliser = Normaliser(database, Reader(new_sandbox(TARGET)), clock)
    peers = peers_of(parts.settings, parts.client, token=parts.token)
    grace = timedelta(seconds=parts.settings.grace_seconds)
    return [
        normaliser_loop(normaliser),
        apart_loop(normaliser),
        overdue_calls_loop(normaliser),
        Loop("fetcher", lambda progress: _fetch(parts, progress)),
        reconciliation_loop(database, peers, clock=clock, grace=grace),
        sources_loop(database, clock=clock),
        watch_loop(database, clock=clock),
        imports_loop(_importer(database, clock)),
        renormalisations_loop(Renormaliser(database, clock, Reader(new_sandbox(TARGET)))),
        mailboxes_loop(database, clock=clock),
        forgetting_loop(database, clock=clock),
        erasing_loop(database, peers, clock=clock),
    ]


INTAKE = Service(
    name="intake",
    description="Takes inquiries of every kind, stores, normalises and emits them.",
    settings=Settings,
    routers=(
        sources.router,
        source_health.router,
        submissions.router,
        spam.router,
        renormalisations.router,
        imports.router,
        batch.router,
        attachments.router,
        inquiries.router,
        purchases.router,
        contacts.router,
        approaches.router,
        consents.router,
        erasures.router,
        identity.router,
        proposals.router,
        reconciliation.router,
    ),
    channels=(ARRIVED, DUE, IMPORTS, RENORMALISATIONS),
    prepare=_prepare,
    handle=apply,
    restore=restore,
    app_type=api.IntakeApp,
    complete=api.complete,
    background=api.background,
    checks={"door-writer": api.check_writer, "sources": api.check_sources},
    leading=_leading,
    counts=(show_counts,),
    ledgers=(INQUIRIES, SUBMISSIONS),
    audits_reads=True,
)
