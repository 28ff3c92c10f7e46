"""Which inquiries the stories of their leads tell, so that nobody has to read these."""

from services.kpi.domain.facts import InquiryFact, LeadOpening
from services.kpi.domain.stories.story import Apart


def tells(opening: LeadOpening, inquiry: InquiryFact) -> bool:
    """Whether the story of the lead says all that the inquiry is counted by as received. Its texts
    are those of the first inquiry at any time.
    """
    if opening.inquiry_id != inquiry.inquiry_id or opening.is_test:
        return False
    own = (inquiry.received_at, inquiry.source_id, inquiry.channel)
    return own == (opening.received_at, opening.source_id, opening.channel)


def apart(inquiry: InquiryFact) -> Apart:
    """What an inquiry is counted by that the story of its lead does not tell."""
    return Apart(
        inquiry.received_at,
        inquiry.source_id,
        inquiry.channel,
        inquiry.utm_campaign,
        inquiry.region,
        inquiry.product,
    )
