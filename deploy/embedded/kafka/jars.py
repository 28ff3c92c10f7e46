"""Apache Kafka's jars, fetched by Maven coordinates and held to the SHA-256 of a committed lock.

`python -m deploy.embedded.kafka.jars` resolves the coordinates anew and rewrites the lock.
"""

import hashlib
import json
import os
import shutil
import ssl
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from deploy.embedded.options import Say
from deploy.embedded.processes.children import LauncherError

KAFKA_VERSION = "4.3.1"
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK = Path(__file__).with_name("kafka.lock.json")
CENTRAL = "https://repo.maven.apache.org/maven2"
DOWNLOADS_AT_ONCE = 8


def read_lock() -> dict[str, str]:
    """`group:artifact:version` → SHA-256."""
    lock: dict[str, str] = json.loads(LOCK.read_text(encoding="ascii"))
    return lock


def cache_folder(environment: Mapping[str, str], *, otherwise: Path) -> Path:
    """Where downloads are kept between runs; `otherwise` when there is no home to write to."""
    for name, below in (("LEADFLOW_CACHE", ""), ("XDG_CACHE_HOME", "leadflow")):
        if environment.get(name):
            return Path(environment[name]) / below
    home = Path(environment["HOME"]) if environment.get("HOME") else None
    if home is not None and home.is_dir() and os.access(home, os.W_OK):
        return home / ".cache" / "leadflow"
    return otherwise


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_name(coordinate: str) -> str:
    _, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def _fetch(coordinate: str, expected: str, *, target: Path, repository: str) -> None:
    """One jar, into place only when its digest is the locked one."""
    from jgo.maven import MavenContext  # noqa: PLC0415 (an optional group: only Kafka needs it)

    group, artifact, version = coordinate.split(":")
    authorities = ssl.get_default_verify_paths().cafile
    if authorities is not None:
        # The machine's own list of authorities; otherwise requests brings a list of its own.
        os.environ.setdefault("REQUESTS_CA_BUNDLE", authorities)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        # A scratch repository for each: jgo takes a half-written file of an interrupted run
        # for a whole one.
        context = MavenContext(repo_cache=Path(scratch), remote_repos={"central": repository})
        jar = context.project(group, artifact).at_version(version).artifact().resolve()
        digest = _digest(jar)
        if digest != expected:
            raise LauncherError(
                f"{coordinate} from {repository} has SHA-256 {digest}, the lock says {expected}"
            )
        shutil.copyfile(jar, Path(scratch) / "verified")
        (Path(scratch) / "verified").replace(target)


def jars(folder: Path, *, environment: Mapping[str, str], say: Say) -> list[Path]:
    """All jars of the lock, verified; what is missing or altered in `folder` is fetched."""
    lock = read_lock()
    folder.mkdir(parents=True, exist_ok=True)
    paths = {coordinate: folder / _file_name(coordinate) for coordinate in lock}
    missing = [
        coordinate
        for coordinate, path in paths.items()
        if not path.is_file() or _digest(path) != lock[coordinate]
    ]
    repository = environment.get("LEADFLOW_MAVEN") or CENTRAL
    if missing:
        say(f"fetching Apache Kafka {KAFKA_VERSION}: {len(missing)} files from {repository}")
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        tasks = [
            pool.submit(_fetch, name, lock[name], target=paths[name], repository=repository)
            for name in missing
        ]
        for number, task in enumerate(as_completed(tasks), start=1):
            try:
                task.result()
            except (OSError, RuntimeError, AssertionError) as failure:
                pool.shutdown(cancel_futures=True)
                raise LauncherError(f"Apache Kafka could not be fetched: {failure}") from failure
            if number % 10 == 0 or number == len(missing):
                say(f"fetching Apache Kafka {KAFKA_VERSION}: {number} of {len(missing)}")
    return list(paths.values())


def relock() -> None:
    """Resolves the coordinates with all that they need and writes the lock."""
    import jgo  # noqa: PLC0415 (an optional group: only Kafka needs it)

    with tempfile.TemporaryDirectory() as scratch:
        environment = jgo.build(ENDPOINT, cache_dir=Path(scratch))
        if environment.lockfile is None:
            raise LauncherError("the coordinates could not be resolved")
        lock = {
            f"{item.groupId}:{item.artifactId}:{item.version}": item.sha256
            for item in environment.lockfile.dependencies
        }
        if len(lock) != len(environment.all_jars):
            raise LauncherError("an artifact with a classifier cannot be locked this way")
    LOCK.write_text(json.dumps(dict(sorted(lock.items())), indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    relock()
