"""Legs that we dial: of a call of our own to a customer, or of a customer's call to an employee.

An event tells one leg and not which of the two it is. So what it says of the ends of a call counts
only where no other leg tells them.
"""

from dataclasses import replace

from services.intake.channels.parsing import phones
from services.intake.channels.telephony.reports import is_extension
from services.intake.domain.requests import CallReport, Content, SourceView
from shared.contracts.inquiry import ContactDetails

_ENDS = {"from_": None, "to": None, "line": None, "employee": None}


def is_own(number: str | None, source: SourceView) -> bool:
    """Whether it is dialled to reach somebody of ours: an extension, a SIP address, our number."""
    if not number:
        return False
    if is_extension(number) or number.lower().startswith("sip:"):
        return True
    own_numbers = {phones.e164_or_raw(own, source.country) for own in source.own_numbers}
    return phones.e164_or_raw(number, source.country) in own_numbers


def with_weak_ends(content: Content) -> Content:
    """The final report of a dialled leg in two: how it went is final, between whom is not."""
    return replace(
        content, calls=tuple(part for report in content.calls for part in _parts(report))
    )


def _parts(report: CallReport) -> tuple[CallReport, ...]:
    call = report.draft.call
    if not report.final or call is None:
        return (report,)
    update = {"call": call.model_copy(update=_ENDS), "contact": ContactDetails()}
    end = replace(report, draft=report.draft.model_copy(update=update))
    return end, replace(report, final=False)
