"""What each adapter costs at the door: its proof, its answer and the delivery's key, in µs of CPU.

`python -m benchmarks.adapters [NAME …] [--times 2000]` prints the slowest first; a `*` is above
what an adapter may cost. Each gets the sample that is shipped with it, proven as its provider does.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.report import machine_line
from services.intake.channels import CHANNELS
from services.intake.channels.samples import sample_request
from services.intake.domain.requests import RawRequest
from shared.ids import new_id
from tests.attacks.providers_of_mischief import SECRETS, proven
from tests.unit.intake.providers.test_mail_proofs import MESSAGES, sns_request
from tests.unit.intake.samples import source

MOST_MICROSECONDS: Final = 60.0
URL: Final = "https://leads.example/intake/v1/hooks/site-1"
ROUNDS: Final = 5  # the best of them counts: machines are busy


def request_of(adapter: str) -> RawRequest:
    if adapter == "ses-sns":  # signed by Amazon itself
        return sns_request(MESSAGES[0])
    sample = sample_request(adapter)
    assert sample is not None, adapter
    url = f"{URL}?{sample.query}" if sample.query else URL
    return proven(adapter, sample, url)


def microseconds(adapter: str, *, times: int) -> float:
    """CPU of one delivery."""
    channel, request = CHANNELS[adapter], request_of(adapter)
    view = source(adapter, secrets=SECRETS[adapter])
    receipt = new_id()

    def one() -> None:
        channel.verify(request, view)
        channel.delivery_key(request)
        channel.answer(request, view, receipt_id=receipt, duplicate=False)

    return min(_timed(one, times) for _ in range(ROUNDS))


def _timed(one: Callable[[], None], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        one()
    return (time.process_time() - began) / times * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=sorted(SECRETS), metavar="NAME")
    parser.add_argument("--times", type=int, default=2_000)
    options = parser.parse_args(arguments)
    costs = {name: microseconds(name, times=options.times) for name in options.names}
    print(machine_line())
    for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
        size = len(request_of(name).body)
        mark = "*" if cost > MOST_MICROSECONDS else " "
        print(f"{name:20} {cost:7.1f} µs {mark} {size:6} bytes")


if __name__ == "__main__":
    main()
