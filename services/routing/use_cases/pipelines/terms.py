"""Holds actions on leads against the terms of their pipelines."""

from collections.abc import Sequence

from services.routing.domain.lead import Lead
from services.routing.domain.pipelines import (
    NEXT_ACTION,
    OWN_FACTS,
    Breach,
    Particulars,
    Pipeline,
)
from services.routing.repository.pipelines import stages
from shared.database import Session
from shared.errors import InvalidError

_WORDS = {
    "entered_from": "may not be entered from the lead's stage",
    "skipped": "may not be entered past the stages before it",
    "backward": "may not be entered from a later stage",
    "missing": "is required",
    "loss_reason": "is none of the pipeline's reasons",
}


def refuse(pipeline: Pipeline, breaches: Sequence[Breach]) -> None:
    """Raises InvalidError that names the fields at fault; a pipeline that only measures refuses
    nothing.
    """
    if breaches and pipeline.terms.enforce:
        raise InvalidError(
            "The pipeline's terms do not allow this.",
            errors=[(_pointer(breach), _WORDS[breach.kind]) for breach in breaches],
        )


def _pointer(breach: Breach) -> str:
    if breach.kind == "loss_reason":
        return "/loss_reason"
    if breach.fact is None:
        return "/stage"
    name = breach.fact.replace("~", "~0").replace("/", "~1")
    return f"/{name}" if breach.fact in OWN_FACTS else f"/facts/{name}"


async def names_at_hand(session: Session, lead: Lead, particulars: Particulars) -> frozenset[str]:
    """The names of all facts of the lead but its amount: what was once given stays at hand."""
    earlier = await stages.get_last_facts(session, lead.lead_id)
    names = (earlier - OWN_FACTS) | particulars.facts.keys()
    return names | {NEXT_ACTION} if lead.next_action is not None else names
