"""Network policies as a cluster reads them: which pod may reach which, on which port."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Policy = Mapping[str, Any]
Selector = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """`listens` are the ports that anybody could want to reach; `address` is that of a machine that
    stands outside of the cluster.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    listens: tuple[int, ...] = ()
    address: str = ""


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """An empty selector matches everything."""
    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == word for key, word in selector.get("matchLabels", {}).items())


@dataclass(frozen=True, slots=True)
class Policies:
    """All of one namespace. A pod that no policy selects may do everything."""

    namespace: str
    policies: Sequence[Policy]

    def edges(self, pods: Sequence[Pod]) -> set[tuple[str, str, int]]:
        """(from, to, port) of every connection between two pods that neither side refuses."""
        return {
            (source.name, target.name, port)
            for source in pods
            for target in pods
            for port in target.listens
            if source.name != target.name
            and self._allows("Egress", of=source, other=target, port=port)
            and self._allows("Ingress", of=target, other=source, port=port)
        }

    def isolated(self, pod: Pod, direction: str) -> bool:
        return any(True for _ in self._selecting(pod, direction))

    def _selecting(self, pod: Pod, direction: str) -> Iterator[Policy]:
        for policy in self.policies:
            spec = policy["spec"]
            ours = pod.namespace == self.namespace and direction in spec["policyTypes"]
            if ours and matches(spec["podSelector"], pod.labels):
                yield spec

    def _allows(self, direction: str, *, of: Pod, other: Pod, port: int) -> bool:
        rules, peers = ("egress", "to") if direction == "Egress" else ("ingress", "from")
        selecting = list(self._selecting(of, direction))
        return not selecting or any(
            _has_port(rule, port) and any(self._is(peer, other) for peer in rule[peers])
            for spec in selecting
            for rule in spec.get(rules, ())
        )

    def _is(self, peer: Mapping[str, Any], pod: Pod) -> bool:
        if "ipBlock" in peer or pod.address:
            return "ipBlock" in peer and _is_in(peer["ipBlock"], pod.address)
        namespaces = peer.get("namespaceSelector")
        if namespaces is None:
            here = pod.namespace == self.namespace
        else:
            here = matches(namespaces, {"kubernetes.io/metadata.name": pod.namespace})
        return here and matches(peer.get("podSelector", {}), pod.labels)


def _is_in(block: Mapping[str, Any], address: str) -> bool:
    """Pods of the cluster have private addresses, which are named as exceptions or not at all."""
    if not address:
        return False
    ip, nets = ip_address(address), map(ip_network, block.get("except", ()))
    return ip in ip_network(block["cidr"]) and not any(ip in net for net in nets)


def _has_port(rule: Mapping[str, Any], port: int) -> bool:
    return "ports" not in rule or port in {each["port"] for each in rule["ports"]}
