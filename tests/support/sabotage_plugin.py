"""The pytest plugin behind `--sabotage`: replaces one function of the product before tests run."""

import importlib

import pytest

from tests.support import waiting
from tests.support.mechanisms import MECHANISMS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-mechanism",
        metavar="NAME",
        choices=[mechanism.name for mechanism in MECHANISMS],
        required=True,
        help="the mechanism of the promise table that is switched off",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before any file of the tests is imported: what they import by name is replaced too."""
    waiting.PATIENCE_SECONDS = 0.0  # what has been taken away does not come
    name = early_config.known_args_namespace.without_mechanism
    mechanism = next(found for found in MECHANISMS if found.name == name)
    for target, replacement in mechanism.replacements.items():
        module_name, _, attribute = target.partition(":")
        module = importlib.import_module(module_name)
        if not hasattr(module, attribute):
            raise pytest.UsageError(f"{target} is not there any more: mend the promise table")
        setattr(module, attribute, replacement)
