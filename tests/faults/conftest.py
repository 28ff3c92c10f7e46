"""The fault tests start whole stacks in the same way as the end-to-end tests."""

from tests.e2e.conftest import folder, stack_of

__all__ = ["folder", "stack_of"]
