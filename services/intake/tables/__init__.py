"""Intake's own tables."""

from services.intake.tables.approaches import approach
from services.intake.tables.consents import contact_consent, contact_refusal
from services.intake.tables.contacts import (
    contact,
    contact_merge,
    contact_point,
    contact_proposal,
    dropped_proposal_count,
)
from services.intake.tables.erasures import erasure, erasure_confirmation
from services.intake.tables.follow_ups import follow_up
from services.intake.tables.imports import import_file, import_job, import_row
from services.intake.tables.inquiries import inquiry, reconciliation_result
from services.intake.tables.mail import mailbox, submission_piece
from services.intake.tables.purchases import purchase
from services.intake.tables.renormalisations import renormalisation, renormalisation_difference
from services.intake.tables.schema import metadata
from services.intake.tables.sources import source, source_hour, source_watch, watch_state
from services.intake.tables.spam import blocked_point, recent_words, suspicion, text_sighting
from services.intake.tables.submissions import call, external_record, mail_message, submission

__all__ = [
    "approach",
    "blocked_point",
    "call",
    "contact",
    "contact_consent",
    "contact_merge",
    "contact_point",
    "contact_proposal",
    "contact_refusal",
    "dropped_proposal_count",
    "erasure",
    "erasure_confirmation",
    "external_record",
    "follow_up",
    "import_file",
    "import_job",
    "import_row",
    "inquiry",
    "mail_message",
    "mailbox",
    "metadata",
    "purchase",
    "recent_words",
    "reconciliation_result",
    "renormalisation",
    "renormalisation_difference",
    "source",
    "source_hour",
    "source_watch",
    "submission",
    "submission_piece",
    "suspicion",
    "text_sighting",
    "watch_state",
]
