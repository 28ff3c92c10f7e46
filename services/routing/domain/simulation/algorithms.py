"""The algorithms by name: the product's own, and those it is compared with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.routing.domain.simulation.cases import Assigner
from services.routing.domain.simulation.product import ProductAssigner
from services.routing.domain.simulation.quota import DailyQuota
from services.routing.domain.simulation.references import LeastOpen, RoundRobin
from services.routing.domain.simulation.scenario import Scenario
from services.routing.domain.simulation.shortfall import Shortfall

ALGORITHMS: Mapping[str, Callable[[Scenario], Assigner]] = MappingProxyType(
    {
        ProductAssigner.name: ProductAssigner,
        RoundRobin.name: RoundRobin,
        LeastOpen.name: LeastOpen,
        DailyQuota.name: DailyQuota,
        Shortfall.name: Shortfall,
    }
)
