"""Proofs of origin that cover no word of the body: good once, for the first body that came with it.

Invariant: whoever saw such a proof makes no inquiry by it; what they send is quarantined.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.intake.channels import CHANNELS
from services.intake.domain.requests import Content
from services.intake.domain.states import QuarantineReason
from services.intake.repository.submissions import find_reusing
from services.intake.use_cases.interpret import Reading
from shared.database import Session


async def without_reused_proofs(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """The readings; what came with a proof that had been used is to be quarantined."""
    doubtful = [item.submission_id for item in readings if _is_doubtful(item)]
    reusing = await find_reusing(session, doubtful) if doubtful else set()
    verdict = Content(quarantined=QuarantineReason.PROOF_REUSED)
    return [
        replace(reading, content=verdict) if reading.submission_id in reusing else reading
        for reading in readings
    ]


def _is_doubtful(reading: Reading) -> bool:
    channel = CHANNELS.get(reading.source.adapter)
    has_content = bool(reading.content.drafts or reading.content.follow_ups)
    return channel is not None and channel.proof_once and has_content
