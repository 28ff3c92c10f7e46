"""Pins every foreign image to its digest, on the machine that will run them: needs docker only.

`python3 -m deploy.pin_images` asks for the digests of what is not pinned and writes them beside
the tags, `--renew` asks for all of them again, `--check` only lists what is not pinned.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("docker-compose.yml", "deploy/docker/Dockerfile", "deploy/kubernetes/*.yaml")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# The image's name and tag, in a line of a compose file, a manifest or a Dockerfile. Our own image
# (`leadflow`, or a variable) is built here and has a digest only once it was pushed somewhere.
REFERENCE = re.compile(
    r"^(?P<before>\s*(?:- )?image: |FROM )(?!leadflow:)(?P<image>[\w./-]+:[\w.-]+)"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?(?P<after>\s.*)?$",
    re.MULTILINE,
)
ASK_SECONDS = 60.0
PULL_SECONDS = 1800.0


class PinError(Exception):
    """Why the images cannot be pinned, in one line."""


def files(root: Path) -> list[Path]:
    return sorted(path for pattern in FILES for path in root.glob(pattern))


def images(texts: Sequence[str]) -> dict[str, set[str | None]]:
    """Every image with its tag, and the digests it stands with; None where it has none."""
    digests: dict[str, set[str | None]] = {}
    for text in texts:
        for reference in REFERENCE.finditer(text):
            digests.setdefault(reference["image"], set()).add(reference["digest"])
    return digests


def pinned(text: str, digests: dict[str, str]) -> str:
    """The text with these images at these digests; other images stay as they are."""

    def line(reference: re.Match[str]) -> str:
        digest = digests.get(reference["image"])
        if digest is None:
            return reference[0]
        return f"{reference['before']}{reference['image']}@{digest}{reference['after'] or ''}"

    return REFERENCE.sub(line, text)


def find_digest(image: str) -> str:
    """From the registry's index; where docker has no buildx, by pulling. Raises PinError."""
    index = ["buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    answer = _docker(index, seconds=ASK_SECONDS)
    if answer.returncode != 0:
        pulled = _docker(["pull", "--quiet", image], seconds=PULL_SECONDS)
        if pulled.returncode != 0:
            raise PinError(f"{image}: {_last_line(pulled.stderr)}")
        by_name = ["image", "inspect", image, "--format", "{{range .RepoDigests}}{{.}} {{end}}"]
        answer = _docker(by_name, seconds=ASK_SECONDS)
    digest = _digest(answer.stdout, repository=image.rpartition(":")[0])
    if answer.returncode != 0 or digest is None:
        raise PinError(f"{image}: docker names no digest")
    return digest


def _digest(words: str, *, repository: str) -> str | None:
    """A digest by itself, or `repository@digest`: one image may have come from several places."""
    for word in words.split():
        name, _, digest = word.rpartition("@")
        if DIGEST.fullmatch(digest) and (not name or f"/{name}".endswith(f"/{repository}")):
            return digest
    return None


def _docker(words: Sequence[str], *, seconds: float) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["docker", *words], capture_output=True, text=True, timeout=seconds, check=False
        )
    except OSError as refusal:
        raise PinError(f"docker cannot be run: {refusal.strerror}") from None
    except subprocess.TimeoutExpired:
        raise PinError(f"docker {words[0]} took longer than {seconds:.0f} s") from None


def _last_line(words: str) -> str:
    return (words.strip().splitlines() or ["docker printed nothing"])[-1]


def main(words: Sequence[str], *, root: Path = ROOT) -> int:
    """Nothing is written unless every digest was found. Exit 1: not pinned, or not possible."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.pin_images", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="only list what is not pinned")
    choice.add_argument("--renew", action="store_true", help="ask again for what is pinned already")
    arguments = parser.parse_args(words)
    texts = {path: path.read_text(encoding="utf-8") for path in files(root)}
    # Two digests for one image are none: the file that was forgotten would run something else.
    by_image = images(list(texts.values()))
    loose = [
        image
        for image, digests in sorted(by_image.items())
        if arguments.renew or None in digests or len(digests) > 1
    ]
    if arguments.check:
        for image in loose:
            print(f"not pinned: {image}")
        return 1 if loose else 0
    try:
        digests = {image: find_digest(image) for image in loose}
    except PinError as refusal:
        print(f"nothing was written: {refusal}", file=sys.stderr)
        return 1
    for path, text in texts.items():
        if (new := pinned(text, digests)) != text:
            path.write_text(new, encoding="utf-8")
            print(f"pinned: {path.relative_to(root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
