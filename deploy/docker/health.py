"""The container's health check: exit 0 when the process answers 200. Needs no curl in the image."""

import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 4


def healthy(url: str) -> bool:
    """Whether the URL answers 200 within the time."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  own URL
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(not healthy(sys.argv[1]))
