"""What keeps promises where the bytes arrive: heads, bodies, waits."""

from shared.web.connections import Budget
from tests.support.mechanisms.mechanism import Mechanism, always

SHARED = "tests/integration/shared"


class _Bottomless(Budget):
    """A budget that is never full."""

    @property
    def full(self) -> bool:
        return False


class _AllAtOnce:
    """Turns for which nobody waits."""

    async def take(self) -> None:
        return None


WIRE: tuple[Mechanism, ...] = (
    Mechanism(
        "heads bounded while they arrive",
        11,
        (f"{SHARED}/test_http_heads.py::test_a_head_without_end_is_refused_early",),
        {"shared.web.bounded_http:room_for_head": always(1 << 40)},
    ),
    Mechanism(
        "bodies counted while they arrive",
        11,
        ("tests/contract/test_bodies.py::test_it_is_refused_before_and_while_it_comes",),
        {"shared.web.bodies:is_beyond": always(value=False)},
    ),
    Mechanism(
        "one budget for bodies",
        11,
        (f"{SHARED}/test_http_waits.py::test_bodies_share_one_budget",),
        {"shared.web.connections:Budget": _Bottomless},
    ),
    Mechanism(
        "a refusal that comes too late ends its answer",
        11,
        (
            f"{SHARED}/test_answers_end.py::test_a_refusal_that_comes_too_late_is_no_failure_of_ours",
        ),
        {"shared.web.requests:refusal_in": always(None)},
    ),
    Mechanism(
        "much is read in turns",
        11,
        (f"{SHARED}/test_reading_turns.py::test_a_turn_of_the_loop_reads_a_few_of_many",),
        {"shared.web.reading_turns:readers_a_turn": always(1 << 40)},
    ),
    Mechanism(
        "a byte wakes nobody",
        11,
        (f"{SHARED}/test_reading_turns.py::test_single_bytes_do_not_wake_the_application",),
        {"shared.web.bounded_http:worth_reading": always(True)},
    ),
    Mechanism(
        "one large proof a turn",
        11,
        (f"{SHARED}/test_reading_turns.py::test_a_turn_of_the_loop_makes_one_large_proof",),
        {"services.intake.routes.ingest.hook_call:ProofTurns": _AllAtOnce},
    ),
)
