"""What a hostile body may do to whoever reads it; loads nothing of the product."""

import os
import time


def spin() -> None:
    while True:
        pass


def spin_in_c() -> None:
    """No signal reaches Python here."""
    sum(range(10**12))


def dawdle() -> None:
    """Longer than a first reading may take, shorter than the last one may."""
    began = time.process_time()
    while time.process_time() - began < 0.5:
        pass


def hog() -> None:
    kept = [bytearray(16 * 1_048_576) for _ in range(1000)]
    raise AssertionError(len(kept))


def stumble() -> None:
    raise IndexError("what a customer wrote")


def vanish() -> None:
    os._exit(3)
