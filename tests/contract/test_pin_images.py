"""Images are pinned by what docker says their digests are: in every file, once, all or none."""

import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from deploy import pin_images
from tests.contract.compose_file import ROOT
from tests.contract.test_compose import PINNED

KAFKA = "apache/kafka:4.3.1"
Docker = Callable[..., Path]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that name images, as they are in the tree but for digests."""
    root = tmp_path / "leadflow"
    for path in pin_images.files(ROOT):
        target = root / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        bare = re.sub("@" + pin_images.DIGEST.pattern, "", path.read_text())
        target.write_text(bare)
    return root


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Puts a docker on PATH whose digests are made of the image's name; gives the file of calls."""

    def put(*, buildx: str = "say $3", pull: str = "exit 0", inspect: str = "say $3") -> Path:
        log, path = tmp_path / "calls", tmp_path / "docker"
        log.unlink(missing_ok=True)
        path.write_text(
            "#!/bin/sh\n"
            f'echo "$*" >> {log}\n'
            'say() { printf "%s" "$1" | sha256sum | sed "s/^/sha256:/;s/ .*//"; }\n'
            'name() { printf "other/place@sha256:%064d %s@" 0 "${1%:*}"; say "$1"; }\n'
            'case "$1 $2" in\n'
            f'  "buildx imagetools") shift; {buildx};;\n'
            f'  "pull --quiet") {pull};;\n'
            f'  "image inspect") {inspect};;\n'
            "  *) exit 1;;\nesac\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return log

    return put


def _images(root: Path) -> list[str]:
    """The foreign images as the tools read them."""
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    manifests = yaml.safe_load_all((root / "deploy/kubernetes/gateway.yaml").read_text())
    dockerfile = (root / "deploy/docker/Dockerfile").read_text().splitlines()
    return [
        *(each["image"] for each in compose["services"].values() if "build" not in each),
        *(
            each["spec"]["template"]["spec"]["containers"][0]["image"]
            for each in manifests
            if each["kind"] == "Deployment"
        ),
        *(line.split()[1] for line in dockerfile if line.startswith("FROM ")),
    ]


def test_every_foreign_image_is_pinned_and_a_second_run_changes_nothing(
    checkout: Path, docker: Docker
) -> None:
    log = docker()
    before = _images(checkout)
    assert pin_images.main(["--check"], root=checkout) == 1

    assert pin_images.main([], root=checkout) == 0

    after = _images(checkout)
    assert [image.partition("@")[0] for image in after] == before
    assert all("@sha256:" in image and PINNED.fullmatch(image) for image in after)
    by_tag = {image.partition("@")[0]: image for image in after}
    assert after == [by_tag[image] for image in before], "one digest for one image, in every file"
    assert len(log.read_text().splitlines()) == len(by_tag), "each image is asked for once"
    ours = yaml.safe_load((checkout / "deploy/kubernetes/kpi.yaml").read_text().split("---")[1])
    (container,) = ours["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "leadflow:0.1.0"
    texts = [path.read_text() for path in pin_images.files(checkout)]
    log.unlink()
    assert pin_images.main([], root=checkout) == 0
    assert pin_images.main(["--check"], root=checkout) == 0
    assert [path.read_text() for path in pin_images.files(checkout)] == texts
    assert not log.exists()


def test_only_the_digests_are_new(checkout: Path, docker: Docker) -> None:
    docker()
    before = {path: path.read_text() for path in pin_images.files(checkout)}
    pin_images.main([], root=checkout)
    for path, text in before.items():
        written = re.sub("@" + pin_images.DIGEST.pattern, "", path.read_text())
        assert written == text, path


def test_a_docker_without_buildx_pulls(checkout: Path, docker: Docker) -> None:
    log = docker(buildx="exit 1", inspect="name $3")

    assert pin_images.main([], root=checkout) == 0

    digests = {image.partition("@")[2] for image in _images(checkout)}
    assert f"sha256:{0:064d}" not in digests, "the digest of another place"
    assert f"pull --quiet {KAFKA}" in log.read_text()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"buildx": "exit 1", "pull": "echo denied >&2; exit 1"}, f"{KAFKA}: denied"),
        ({"buildx": "echo nonsense"}, f"{KAFKA}: docker names no digest"),
        ({"buildx": f'test "$3" = {KAFKA} && say $3', "pull": "exit 1"}, "caddy:"),
    ],
)
def test_nothing_is_written_unless_all_are_known(
    how: dict[str, str],
    reason: str,
    checkout: Path,
    docker: Docker,
    capsys: pytest.CaptureFixture[str],
) -> None:
    docker(**how)
    before = [path.read_text() for path in pin_images.files(checkout)]

    assert pin_images.main([], root=checkout) == 1

    assert [path.read_text() for path in pin_images.files(checkout)] == before
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"nothing was written: {reason}")


def test_a_machine_without_docker_is_one_line(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert pin_images.main([], root=checkout) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    capsys.readouterr()
    assert pin_images.main(["--check"], root=checkout) == 1, "the check needs no docker"
    assert f"not pinned: {KAFKA}\n" in capsys.readouterr().out


def test_two_digests_of_one_image_are_made_one_and_all_can_be_renewed(
    checkout: Path, docker: Docker
) -> None:
    docker()
    pin_images.main([], root=checkout)
    renewed = _images(checkout)
    compose = checkout / "docker-compose.yml"
    old = f"sha256:{7:064d}"
    compose.write_text(re.sub(r"(caddy:\S+@)\S+", rf"\g<1>{old}", compose.read_text()))
    assert pin_images.main(["--check"], root=checkout) == 1
    assert pin_images.main([], root=checkout) == 0
    assert _images(checkout) == renewed
    for path in pin_images.files(checkout):
        path.write_text(pin_images.DIGEST.sub(old, path.read_text()))
    assert pin_images.main(["--check"], root=checkout) == 0
    assert pin_images.main(["--renew"], root=checkout) == 0
    assert _images(checkout) == renewed


def test_the_script_needs_python_alone() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "deploy/pin_images.py"), "--help"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
