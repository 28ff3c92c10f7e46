"""Deadlines of a lease in the working time of its manager."""

from datetime import datetime, timedelta

from services.routing.domain.calendars.course import Course
from services.routing.domain.calendars.plans import add_in_plan, plan_of
from services.routing.domain.calendars.shape import ON_CALL, SHIFT, Timetable
from services.routing.domain.calendars.timetable import ON_SHIFT, add_business_time
from services.routing.domain.policies import Policy

WHENEVER = frozenset({SHIFT, ON_CALL})
Deadlines = tuple[datetime, datetime]


def kinds_of(tier: str) -> frozenset[str]:
    """The time that counts: to whom has a lead while on call, that counts too."""
    return WHENEVER if tier == ON_CALL else ON_SHIFT


def deadlines(policy: Policy, plan: str | None, *, tier: str, at: datetime) -> Deadlines | None:
    """The moments by which a lease is to be accepted and touched; None beyond the plan."""
    if not policy.business_time or plan is None:
        return policy.deadlines(at)
    kinds = kinds_of(tier)
    accept_by = add_in_plan(plan_of(plan), at, policy.accept_seconds, kinds)
    touch_by = add_in_plan(plan_of(plan), at, policy.touch_seconds, kinds)
    return None if accept_by is None or touch_by is None else (accept_by, touch_by)


def far_deadlines(policy: Policy, timetable: Timetable, *, tier: str, at: datetime) -> Deadlines:
    """As `deadlines`, by the calendar itself. Where too little is ever worked, time runs always:
    a lease must end.
    """
    kinds = kinds_of(tier)
    plain = policy.deadlines(at)
    accept_by = add_business_time(timetable, at, policy.accept_seconds, kinds)
    touch_by = add_business_time(timetable, at, policy.touch_seconds, kinds)
    return accept_by or plain[0], touch_by or plain[1]


def moved(deadline: datetime, *, tier: str, old: Course, new: Course) -> datetime:
    """A deadline that ran by one calendar until the moment of `old`, and runs by another from the
    moment of `new` on: the working time that was left is left still. A deadline that has passed
    stays.
    """
    if deadline <= old.moment:
        return deadline
    kinds = kinds_of(tier)
    left_seconds = old.seconds_until(deadline, kinds)
    if left_seconds <= 0:
        # It ran while nothing was worked: plain time was left, and is.
        left_seconds = (deadline - old.moment).total_seconds()
        return new.moment + timedelta(seconds=left_seconds)
    return new.add(left_seconds, kinds) or new.moment + timedelta(seconds=left_seconds)
