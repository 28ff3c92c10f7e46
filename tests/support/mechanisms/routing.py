"""What keeps promises in routing: capacity, decisions and the meeting of leads."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.deciding.candidates import Member
from services.routing.domain.decision_records import Traits
from services.routing.domain.lead import Lead
from services.routing.domain.lead_matching import Reopening
from services.routing.repository.decision_batches import DecisionBatch
from services.routing.repository.leads import get_lead
from services.routing.repository.managers import list_managers
from services.routing.repository.rooms import Room
from services.routing.use_cases.walks import Walks
from shared.database import Session
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/routing"
TOUCHES = f"{HERE}/test_touches.py"


async def _members_without_their_locks(
    session: Session, pools: Collection[str]
) -> dict[UUID, Member]:
    members = [
        manager.as_member()
        for pool in pools
        for manager in await list_managers(session, before=None, pool=pool, limit=500)
    ]
    return {member.manager_id: member for member in members}


def _as_locked(room: Room, _batches: Iterable[DecisionBatch], *, now: datetime) -> Room:
    return room


def _only_who(traits: Traits) -> dict[str, Any]:
    """Who was to choose from, without what was known of them."""
    return {
        "manager_id": str(traits.manager_id),
        "capacity_milli": 1,
        "tier": 0,
        "skills": {},
    }


def _last_come(
    links: Iterable[tuple[UUID, UUID, int]], _known: Mapping[UUID, int]
) -> dict[UUID, tuple[UUID, int]]:
    return {contact_id: (canonical_id, version) for contact_id, canonical_id, version in links}


def _nothing_around(_walks: Walks, _pool: str) -> AbstractContextManager[None]:
    return nullcontext()


async def _anybodys_lead(session: Session, lead_id: UUID, *, manager_id: UUID | None) -> Lead:
    return await get_lead(session, lead_id)


ROUTING: tuple[Mechanism, ...] = (
    Mechanism(
        "newest link of a contact",
        4,
        (f"{HERE}/test_meeting.py::test_an_older_link_never_overwrites_a_newer_one",),
        {"services.routing.domain.lead_matching:newest_links": _last_come},
    ),
    Mechanism(
        "capacity",
        5,
        (
            (
                f"{HERE}/test_capacity.py::"
                "test_capacity_may_be_lowered_below_the_load_and_nothing_is_added"
            ),
        ),
        {
            "services.routing.domain.deciding.candidates:room_of": always(10**9),
            "services.routing.domain.deciding.desks:room_of": always(10**9),
        },
    ),
    Mechanism(
        "what a lead needs",
        5,
        ("tests/unit/routing/test_deciding.py::test_an_owner_has_whatever_the_lead_needs",),
        {"services.routing.domain.deciding.teams:missing": always(None)},
    ),
    Mechanism(
        "managers' locks",
        5,
        (
            (
                f"{HERE}/test_capacity.py::"
                "test_a_second_assigner_waits_for_the_managers_and_sees_their_load"
            ),
        ),
        {"services.routing.repository.rooms:lock_members": _members_without_their_locks},
    ),
    Mechanism(
        "overtaking nobody",
        5,
        (f"{HERE}/test_opening.py::test_a_new_lead_overtakes_none_that_could_be_served",),
        {"services.routing.use_cases.opening:can_be_served": always(value=False)},
    ),
    Mechanism(
        "one load in all pools",
        5,
        (f"{HERE}/test_opening.py::test_a_fetch_for_two_pools_fills_their_common_member_once",),
        {"services.routing.use_cases.opening:_with_load": _as_locked},
    ),
    Mechanism(
        "walking a queue again",
        5,
        (
            (
                f"{HERE}/test_queue.py::"
                "test_room_that_was_gone_when_a_lead_was_judged_is_gained_when_it_is_back"
            ),
        ),
        {"services.routing.domain.gains:has_gained": always(value=False)},
    ),
    Mechanism(
        "a walk broken off is none",
        5,
        (f"{HERE}/test_queue.py::test_a_walk_that_is_broken_off_is_walked_again_at_once",),
        {"services.routing.use_cases.assign:whole_or_forgotten": _nothing_around},
    ),
    Mechanism(
        "looking for room",
        5,
        (f"{HERE}/test_capacity.py::test_leads_wait_for_room_and_take_it_when_it_appears",),
        {"services.routing.repository.queue:list_waiting_pools": awaited([])},
    ),
    Mechanism(
        "one winner",
        5,
        (f"{HERE}/test_capacity.py::test_one_of_a_hundred_concurrent_accepts_wins",),
        {"services.routing.use_cases.lead_actions:check_version": always(None)},
    ),
    Mechanism(
        "passing over",
        5,
        (
            (
                f"{HERE}/test_leases.py::"
                "test_whoever_let_it_lapse_is_passed_over_even_if_the_least_loaded"
            ),
        ),
        {"services.routing.repository.leases.assignments:pass_over": awaited()},
    ),
    Mechanism(
        "units come free",
        5,
        (f"{HERE}/test_lifecycle.py::test_a_lost_lead_gives_its_units_back",),
        {"services.routing.use_cases.assignments:give_back": awaited()},
    ),
    Mechanism(
        "decision records",
        6,
        (f"{HERE}/test_decisions.py::test_a_whole_batch_is_verified_after_everything_changed",),
        {"services.routing.domain.decision_records:candidate_record": _only_who},
    ),
    Mechanism(
        "leads are their owners'",
        8,
        (f"{HERE}/test_doors.py::test_a_foreign_lead_does_not_exist_for_a_manager",),
        {"services.routing.routes.leads:visible_lead": _anybodys_lead},
    ),
    Mechanism(
        "merging",
        10,
        (f"{HERE}/test_meeting.py::test_the_younger_waiting_lead_is_merged",),
        {"services.routing.domain.lead_matching:merge_plan": always([])},
    ),
    Mechanism(
        "reopening",
        10,
        (f"{HERE}/test_parting.py::test_a_lead_merged_by_mistake_goes_back_to_the_queue",),
        {"services.routing.domain.lead_matching:reopen_plan": always(Reopening({}, {}, {}))},
    ),
)
