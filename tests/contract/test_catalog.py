"""The catalogue, the services' docstrings and their code agree on who produces what for whom."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.catalog import EVENT_BY_TYPE, TOPICS, consumed_by, produced_by
from shared.contracts.envelope import Event
from tests.contract.compose_file import ROOT, SERVICES

TOPIC_OF_EVENT = {event.__name__: event.TOPIC for event in EVENT_BY_TYPE.values()}
WIRE_NAME = re.compile(r"[a-z]+\.[a-z_]+\.v[1-9]")
TOPIC_NAME = re.compile(r"[a-z]+(-[a-z]+)?")


def _topics_in_docstring(service: str, word: str) -> set[str]:
    """The topics that a service's docstring names after `Consumes:` or `Produces:`."""
    docstring = importlib.import_module(f"services.{service}").__doc__ or ""
    found = re.search(rf"\b{word}:\s*([^.]+)\.", docstring)
    assert found, f"the docstring of {service} has no {word}"
    return set(re.findall(r"[a-z-]+", found[1])) & {topic.name for topic in TOPICS}


def _trees(service: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _said_in(tree: ast.Module) -> Iterator[str]:
    """The events that are made there: what a service makes, it is going to say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in TOPIC_OF_EVENT:
                yield name


def _named_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.contracts"):
            yield from (alias.name for alias in node.names if alias.name in TOPIC_OF_EVENT)


def test_names_are_lawful_and_unique() -> None:
    events = [event for topic in TOPICS for event in topic.events]

    assert len(EVENT_BY_TYPE) == len(events)
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert all(WIRE_NAME.fullmatch(event.TYPE) for event in events)
    for topic in TOPICS:
        assert TOPIC_NAME.fullmatch(topic.name)
        assert topic.name.endswith("s")
        assert topic.partitions >= 1
        assert topic.producer in SERVICES
        assert set(topic.consumers) <= set(SERVICES) - {topic.producer}


@pytest.mark.parametrize("event", EVENT_BY_TYPE.values(), ids=lambda event: str(event.TYPE))
def test_an_event_lies_on_its_topic_and_carries_its_key(event: type[Event]) -> None:
    (topic,) = [topic for topic in TOPICS if event in topic.events]

    assert topic.name == event.TOPIC
    assert event.model_fields[event.KEY].is_required()
    assert len({one.KEY for one in topic.events}) == 1
    assert event.model_config.get("frozen") is True
    assert event.model_config.get("extra") == "ignore"


@pytest.mark.parametrize("service", SERVICES)
def test_the_docstring_of_a_service_agrees(service: str) -> None:
    assert _topics_in_docstring(service, "Consumes") == set(consumed_by(service))
    assert _topics_in_docstring(service, "Produces") == set(produced_by(service))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_only_what_is_its_to_say(service: str) -> None:
    own = set(produced_by(service))
    for path, tree in _trees(service):
        for name in _said_in(tree):
            assert TOPIC_OF_EVENT[name] in own, f"{path.relative_to(ROOT)} makes {name}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_only_events_that_it_hears_or_says(service: str) -> None:
    known = {*produced_by(service), *consumed_by(service)}
    for path, tree in _trees(service):
        for name in _named_in(tree):
            assert TOPIC_OF_EVENT[name] in known, f"{path.relative_to(ROOT)} knows {name}"


@pytest.mark.parametrize("service", SERVICES)
def test_who_hears_has_a_door_for_events_and_who_does_not_has_none(service: str) -> None:
    folder = ROOT / "services" / service

    door = (folder / "handlers.py").exists() or (folder / "handlers").is_dir()

    assert door == bool(consumed_by(service))
