"""The tests. What their helpers assert shows both sides when it fails, as what they assert does."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"{__name__}.{part}"
        for part in ("attacks", "contract", "e2e", "faults", "integration", "support", "unit")
    )
)
