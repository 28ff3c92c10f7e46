"""What an absence leaves of the work that a manager has received, which fairness compares.

Whoever is away receives nothing, and would get all that at once when they are back. So they are put
as far above the mean of those on duty as they were when they left.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.lead import MILLI

# A break or a night is not made good: the means before and after it are of other people, and
# several times a day their differences would add up to more than was missed.
SHORT = timedelta(days=1)


class Worker(NamedTuple):
    """A member of pools as to the work they have received, in thousandths of a work unit, as of
    `received_as_of` (None: never on duty yet). `lead_over_mean_milli` is set while they are away.
    """

    manager_id: UUID
    pools: frozenset[str]
    weight_milli: int
    received_milli: float
    received_as_of: datetime | None
    lead_over_mean_milli: float | None
    last_assigned_at: datetime | None
    on_duty: bool
    half_life: timedelta


class Balance(NamedTuple):
    """What to write of a manager: the work received as of now; the lead while they are away."""

    manager_id: UUID
    received_milli: float
    lead_over_mean_milli: float | None


def fading(*, since: datetime | None, at: datetime, half_life: timedelta) -> float:
    """The share that is left at a moment of what was received: one half after each half-life."""
    if since is None or at <= since:
        return 1.0
    return math.pow(0.5, (at - since) / half_life)


def settle(workers: Sequence[Worker], ids: Collection[UUID], *, at: datetime) -> list[Balance]:
    """The balances of those of the managers `ids` who have come on duty or left it since their last
    one; `workers` are they and all who share a pool with them.

    The formula is the calibration of cal.com's weighted round robin (the mean of what the others
    received meanwhile is credited), over sums that fade: mean now + (own - mean then) × fading. A
    newcomer begins at the mean. Nobody is ever put below nothing.
    """
    surroundings: dict[frozenset[str], _Peers] = {}
    balances = []
    for worker in workers:
        if worker.manager_id not in ids:
            continue
        if worker.pools not in surroundings:
            surroundings[worker.pools] = _peers(workers, worker.pools, ids, at)
        balance = _balance(worker, surroundings[worker.pools], at=at)
        if balance is not None:
            balances.append(balance)
    return balances


class _Peers(NamedTuple):
    """Who shares a pool: their work per weight, the mean of those who are and stay on duty, and
    when anybody received a lead last.
    """

    amounts: Mapping[UUID, float]
    steady_mean: float | None
    last_assigned_at: datetime | None

    def mean_without(self, manager_id: UUID) -> float | None:
        if self.steady_mean is not None:
            return self.steady_mean
        others = [amount for peer_id, amount in self.amounts.items() if peer_id != manager_id]
        return fmean(others) if others else None


def _peers(
    workers: Sequence[Worker], pools: frozenset[str], ids: Collection[UUID], at: datetime
) -> _Peers:
    peers = [item for item in workers if item.pools & pools]
    amounts = {item.manager_id: _received(item, at) * MILLI / item.weight_milli for item in peers}
    # Those who come or leave at the same moment are no measure for one another.
    steady = [
        amounts[item.manager_id] for item in peers if item.on_duty and item.manager_id not in ids
    ]
    moments = [item.last_assigned_at for item in peers if item.last_assigned_at is not None]
    return _Peers(amounts, fmean(steady) if steady else None, max(moments, default=None))


def _balance(worker: Worker, peers: _Peers, *, at: datetime) -> Balance | None:
    mean = peers.mean_without(worker.manager_id)
    if worker.on_duty:
        return _on_coming(worker, peers, mean, at=at)
    if worker.received_as_of is None or worker.lead_over_mean_milli is not None:
        return None
    own = peers.amounts[worker.manager_id]
    return Balance(worker.manager_id, _received(worker, at), 0.0 if mean is None else own - mean)


def _on_coming(
    worker: Worker, peers: _Peers, mean: float | None, *, at: datetime
) -> Balance | None:
    if worker.received_as_of is None:
        return _placed(worker, mean or 0.0)
    if worker.lead_over_mean_milli is None:
        return None
    # Where nobody received anything meanwhile there is nothing to make good.
    missed = peers.last_assigned_at is not None and peers.last_assigned_at > worker.received_as_of
    if mean is None or not missed or at - worker.received_as_of < SHORT:
        return Balance(worker.manager_id, _received(worker, at), None)
    return _placed(worker, mean + worker.lead_over_mean_milli * _fading(worker, at))


def _placed(worker: Worker, per_weight: float) -> Balance:
    return Balance(worker.manager_id, max(0.0, per_weight) * worker.weight_milli / MILLI, None)


def _received(worker: Worker, at: datetime) -> float:
    return worker.received_milli * _fading(worker, at)


def _fading(worker: Worker, at: datetime) -> float:
    return fading(since=worker.received_as_of, at=at, half_life=worker.half_life)
