"""A disk of its own for a Leadflow that is to lose it: a small tmpfs, to be filled or locked."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SIZE_MEBIBYTES = 400
NEEDED = (
    "this test mounts a small file system of its own: run it as root with CAP_SYS_ADMIN, "
    "in a container `--cap-add SYS_ADMIN`"
)


def _mount(*arguments: str | Path) -> None:
    found = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    assert found.returncode == 0, f"{NEEDED}: {found.stderr.strip()}"


@dataclass(eq=False)
class Disk:
    """`path` is where it is mounted, from `mount` to `remove`."""

    path: Path

    def mount(self) -> None:
        self.path.mkdir()
        _mount("-t", "tmpfs", "-o", f"size={SIZE_MEBIBYTES}m,mode=755", "tmpfs", self.path)

    def fill(self) -> None:
        """Leave not one byte."""
        with (self.path / "filling").open("wb", buffering=0) as file:
            for size in (1_048_576, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        (self.path / "filling").unlink()

    def lock(self) -> None:
        """Whatever is opened by its path from now on can be read only."""
        _mount("--bind", self.path, self.path)
        _mount("-o", "remount,bind,ro", self.path)

    def unlock(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def remove(self) -> None:
        while os.path.ismount(self.path):
            self.unlock()
        shutil.rmtree(self.path, ignore_errors=True)
