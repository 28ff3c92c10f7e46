"""Sets a node: what lies below is completed, what is locked stays, sums agree at every node.

Invariant: cells are whole numbers that nothing but this changes, and every sum is a sum of cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.locks import Locks, ice_of
from services.kpi.domain.plan.nodes import NATURES, Node
from services.kpi.domain.plan.shares import apportion

Weigh = Callable[["Part"], Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a node is to come to, in the measure's smallest unit. What it gains `within` loses, so
    that this stays as it is. Where locks lie below, `spread` lets the rest take it all.
    """

    node: Node
    value: int
    within: Node | None = None
    spread: bool = False


class NoRoomError(Exception):
    """The value cannot be had: which member of the setting is at fault, why, and what is locked."""

    def __init__(self, member: str, reason: str, locked: int = 0) -> None:
        super().__init__(reason)
        self.member = member
        self.reason = reason
        self.locked = locked


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of a block that may change."""

    block: Block
    mask: bytes

    def present(self) -> list[int]:
        return list(compress(self.block.cells, self.mask))

    def past(self) -> list[int]:
        return list(compress(self.block.past, self.mask))


def set_node(
    blocks: Sequence[Block], setting: Setting, locks: Sequence[Node], season: Sequence[int]
) -> list[Block]:
    """The blocks that change, changed. `blocks` are all that have cells in the node or in what it
    lies within; `season` weighs the months where neither plan nor past tells anything.

    Raises NoRoomError.
    """
    node, within = setting.node, setting.within
    if within is not None and (within == node or not within.covers(node)):
        raise NoRoomError("within", "does not enclose the node")
    masks = [block.mask(node) for block in blocks]
    frozen = _frozen(blocks, locks)
    changed = _complete(blocks, masks, frozen, setting, season)
    if within is None:
        return _changed(blocks, changed)
    before = sum(block.amount(within) for block in blocks)
    outside = [
        _both(block.mask(within), _none_of(mask)) for block, mask in zip(blocks, masks, strict=True)
    ]
    rest = Setting(node=within, value=before - setting.value, spread=True)
    if rest.value < 0:
        raise NoRoomError("value", "is more than what it lies within comes to")
    return _changed(blocks, _complete(changed, outside, frozen, rest, season))


def _frozen(blocks: Sequence[Block], nodes: Sequence[Node]) -> list[bytes]:
    if not nodes or not blocks:
        return [bytes(len(block.cells)) for block in blocks]
    locks = Locks(nodes, blocks[0].months)
    return [ice_of(block, locks) for block in blocks]


def _changed(blocks: Sequence[Block], after: Sequence[Block]) -> list[Block]:
    pairs = zip(blocks, after, strict=True)
    return [new for old, new in pairs if new is not old and new.cells != old.cells]


def _complete(
    blocks: Sequence[Block],
    masks: Sequence[bytes],
    frozen: Sequence[bytes],
    setting: Setting,
    season: Sequence[int],
) -> list[Block]:
    """The blocks with the setting's value in the cells of the masks."""
    parts, locked, has_locks = [], 0, False
    for block, mask, ice in zip(blocks, masks, frozen, strict=True):
        held = _both(mask, ice)
        has_locks = has_locks or 1 in held
        locked += sum(compress(block.cells, held))
        parts.append(Part(block, _both(mask, _none_of(ice))))
    room = any(1 in part.mask for part in parts)
    rest = setting.value - locked
    _require_room(setting, rest, locked=locked, has_locks=has_locks, room=room)
    if not room:
        return list(blocks)
    weigh = _weighing(parts, season)
    weights = [weigh(part) for part in parts]
    amounts = apportion(rest, [sum(each) for each in weights])
    return [
        part.block.with_cells(part.mask, apportion(amount, each)) if 1 in part.mask else part.block
        for part, amount, each in zip(parts, amounts, weights, strict=True)
    ]


def _require_room(setting: Setting, rest: int, *, locked: int, has_locks: bool, room: bool) -> None:
    if rest < 0:
        raise NoRoomError("value", "is less than what is locked below", locked)
    if not room and rest:
        what = "is all locked below, and comes to something else" if has_locks else "has no line"
        raise NoRoomError("value" if has_locks else "node", what, locked)
    if has_locks and room and not setting.spread:
        raise NoRoomError("mismatch", "something below is locked: ask to spread the rest", locked)


def _weighing(parts: Sequence[Part], season: Sequence[int]) -> Weigh:
    """By what cells are completed: present proportions, else the past, else the season."""
    ways: tuple[Weigh, ...] = (Part.present, Part.past, lambda part: _by_season(part, season))
    for weigh in ways:
        if any(any(weigh(part)) for part in parts):
            return weigh
    return lambda part: [1] * part.mask.count(1)


def _by_season(part: Part, season: Sequence[int]) -> list[int]:
    cells = [
        season[month]
        for _ in NATURES
        for month in range(part.block.months)
        for _ in range(part.block.count)
    ]
    return list(compress(cells, part.mask))


def _both(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) & int.from_bytes(other)).to_bytes(len(one))


def _none_of(mask: bytes) -> bytes:
    return mask.translate(_TURNED)


_TURNED = bytes.maketrans(b"\0\1", b"\1\0")
