"""Leads and candidates for tests of decisions, and the decision written plainly."""

from collections.abc import Iterable
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.score import Scale, parts_of, scale_of, score
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.policies import ScoreWeights


def uid(number: int) -> UUID:
    return UUID(int=number)


def candidate(number: int, **more: object) -> Candidate:
    members: dict[str, object] = {
        "capacity_milli": 10_000,
        "reserved_milli": 0,
        "tier": 0,
        "skills": {},
        "turn": 0,
    }
    return Candidate(manager_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


def waiting(number: int, **more: object) -> Waiting:
    members: dict[str, object] = {"units_milli": 1000, "round": 1}
    return Waiting(lead_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


manager_ids = st.integers(1, 12).map(uid)
skills = st.dictionaries(st.sampled_from(["ru", "en", "b2b"]), st.integers(0, 3), max_size=2)
traits = st.lists(st.sampled_from(["ru", "En", "de"]), max_size=2, unique=True)
one_trait = st.sampled_from([None, "RU", "en"])
tiers = st.sampled_from([None, 0, 0, 0, 1, 2])
candidates_of_any_kind = st.lists(
    st.builds(
        Candidate,
        manager_id=manager_ids,
        capacity_milli=st.integers(1, 6000),
        reserved_milli=st.integers(0, 6000),
        tier=tiers,
        skills=skills,
        turn=st.integers(0, 2),
        languages=traits,
        regions=traits,
        products=traits,
        weight_milli=st.sampled_from([500, 1000, 1000, 3000]),
        received_milli=st.sampled_from([0, 0, 1000, 5000, 20_000]),
        allowance=st.sampled_from([None, None, 0, 1, 2]),
        attainment_milli=st.sampled_from([None, 0, 900, 1000, 1100]),
        has_left=st.just(value=False),
    ),
    max_size=8,
    unique_by=lambda item: item.manager_id,
)
leads_of_any_kind = st.lists(
    st.builds(
        Waiting,
        lead_id=st.integers(100, 10_000).map(uid),
        units_milli=st.sampled_from([1, 500, 1000, 1000, 2500]),
        round=st.integers(1, 3),
        skills=skills,
        nice_skills=skills,
        language=one_trait,
        region=one_trait,
        product=one_trait,
        passed_over=st.frozensets(manager_ids, max_size=6),
        sticky=st.lists(manager_ids, max_size=2).map(tuple),
        reach=st.integers(0, 2),
    ),
    max_size=16,
    unique_by=lambda item: item.lead_id,
)
names_of_traits = st.lists(
    st.sampled_from(["language", "region", "product"]), max_size=2, unique=True
).map(tuple)
terms_of_any_kind = st.builds(
    Terms,
    score=st.builds(
        ScoreWeights,
        load=st.sampled_from([0.0, 1.0]),
        fairness=st.sampled_from([0.0, 0.25, 1.0]),
        fit=st.sampled_from([0.0, 0.1, 1.0]),
        plan=st.sampled_from([0.0, 0.2]),
    ),
    match=names_of_traits,
    prefer=names_of_traits,
    sticky_above=st.sampled_from([None, 0.0, 0.3]),
)
seeds = st.integers(0, 2**63 - 1)


def has_needed(item: Candidate, lead: Waiting, terms: Terms) -> bool:
    values = {"language": lead.language, "region": lead.region, "product": lead.product}
    return all(item.skills.get(name, -1) >= level for name, level in lead.skills.items()) and all(
        _has(item, name, value) for name in terms.match if (value := values[name])
    )


def fit_of(item: Candidate, lead: Waiting, terms: Terms) -> float:
    values = {"language": lead.language, "region": lead.region, "product": lead.product}
    matches = [item.skills.get(name, -1) >= level for name, level in lead.nice_skills.items()]
    matches += [_has(item, name, value) for name in terms.prefer if (value := values[name])]
    return sum(matches) / len(matches) if matches else 0.0


def _has(item: Candidate, name: str, value: str) -> bool:
    values = {text.casefold() for text in getattr(item, f"{name}s")}
    return value.casefold() in values or (name != "language" and not values)


class PlainBoard:
    """Looks at every candidate for every lead."""

    def __init__(self, candidates: Iterable[Candidate], terms: Terms, *, seed: int) -> None:
        self.by_id = {item.manager_id: item for item in candidates}
        draw = Random(seed)
        self.ties = {manager_id: draw.random() for manager_id in sorted(self.by_id)}
        self.terms, self.scale = terms, self.measured()
        self.next_turn = 1 + max((item.turn for item in self.by_id.values()), default=0)

    def measured(self) -> Scale:
        items = self.by_id.values()
        return scale_of(
            [item.weight_milli for item in items],
            [item.received_milli for item in items],
            [item.capacity_milli for item in items],
        )

    def choose(self, lead: Waiting) -> tuple[int, UUID | None]:
        """The lead's round and owner."""
        able = [
            item
            for item in self.by_id.values()
            if item.tier is not None
            and item.tier <= lead.reach
            and has_needed(item, lead, self.terms)
        ]
        again = bool(able) and all(item.manager_id in lead.passed_over for item in able)
        free = {
            item.manager_id: item
            for item in able
            if (again or item.manager_id not in lead.passed_over)
            and item.allowance != 0
            and item.reserved_milli + lead.units_milli <= item.capacity_milli
        }
        owner = self._sticky(lead, free) or self._best(lead, free)
        if owner is not None:
            self.take(owner, lead.units_milli)
        return lead.round + again, owner

    def take(self, owner: UUID, units_milli: int) -> None:
        item = self.by_id[owner]
        self.by_id[owner] = item._replace(
            reserved_milli=item.reserved_milli + units_milli,
            received_milli=item.received_milli + units_milli,
            allowance=None if item.allowance is None else item.allowance - 1,
            turn=self.next_turn,
        )
        self.next_turn += 1

    def score(self, item: Candidate, lead: Waiting) -> float:
        fit = fit_of(item, lead, self.terms)
        return score(parts_of(item, fit=fit, scale=self.scale), self.terms.score)

    def _sticky(self, lead: Waiting, free: dict[UUID, Candidate]) -> UUID | None:
        above = self.terms.sticky_above
        for owner in lead.sticky if above is not None else ():
            if owner not in free:
                continue
            tier = [item for item in self.by_id.values() if item.tier == free[owner].tier]
            reserved = sum(item.reserved_milli for item in tier)
            mean = reserved / sum(item.capacity_milli for item in tier)
            if free[owner].reserved_milli / free[owner].capacity_milli <= mean + (above or 0):
                return owner
        return None

    def _best(self, lead: Waiting, free: dict[UUID, Candidate]) -> UUID | None:
        def order(item: Candidate) -> tuple[int, float, int, float]:
            tie = self.ties[item.manager_id]
            return (item.tier or 0, self.score(item, lead), item.turn, tie)

        best = min(free.values(), key=order, default=None)
        return best.manager_id if best is not None else None
