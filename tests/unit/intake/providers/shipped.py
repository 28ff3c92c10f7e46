"""Writes the sample of each adapter that the product ships: the first row of its table.

python -m tests.unit.intake.providers.shipped
"""

import json

from services.intake.channels.samples import FOLDER
from tests.unit.intake.providers.sample import Sample
from tests.unit.intake.providers.test_samples import ALL, outcome


def shipped() -> dict[str, Sample]:
    """Adapter → its first sample that gives an inquiry or an observed call."""
    samples: dict[str, Sample] = {}
    for sample in ALL:
        if not isinstance(outcome(sample), str):
            samples.setdefault(sample.adapter, sample)
    return samples


def text_of(sample: Sample) -> str:
    """The file: the body as Latin-1, so that each character is a byte."""
    request = sample.request()
    parts = {
        "method": request.method,
        "rest": request.rest,
        "query": request.query,
        "headers": [list(pair) for pair in request.headers],
        "body": request.body.decode("latin-1"),
    }
    return json.dumps(parts, indent=1) + "\n"


if __name__ == "__main__":
    for adapter, sample in shipped().items():
        (FOLDER / f"{adapter}.json").write_text(text_of(sample))
