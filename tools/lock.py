"""make lock: write requirements.lock, one version of every package for every Python and system the course runs on.

uv only resolves here, and installs nothing: one resolution holds for Python 3.11 to 3.13 on Linux and macOS, with a
marker where they differ (pip-compile resolves for the Python that runs it alone). `make env` installs with pip.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TORCH = "2.13.0"
# What torch brings for CUDA: in the metadata of its CUDA builds only, so it is left to them (see the header).
CUDA = re.compile(r"^(nvidia-|cuda-|triton\b)")
HEADER = """\
# Every package of the environment, made by `make lock` from pyproject.toml: do not edit it by hand.
# No package index is named here: pip uses the one that it is set up for.
# torch has one version and several builds (CPU, CUDA). Its CUDA libraries are not listed: a CUDA build brings, by its
# own metadata, exactly those that it was made with, and a CPU build needs none of their several GB.
"""


def resolve(upgrade: bool) -> str:
    """The resolution as text, a package a line; what is locked already stays unless `upgrade`."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--all-extras", "--quiet"),
        *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
        *("--no-header", "--no-emit-index-url", "--no-emit-find-links", "--annotation-style", "line"),
        *("--constraints", "-"),
    ]
    if LOCK.is_file() and not upgrade:
        command += ["--output-file", str(LOCK)]  # uv prefers the versions that it finds there
    done = subprocess.run(command, cwd=ROOT, input=f"torch=={TORCH}\n", capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"lock: uv could not resolve pyproject.toml: {done.stderr.strip()}")
    return done.stdout or LOCK.read_text()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions, not those locked already")
    lines = [line.rstrip() for line in resolve(parser.parse_args().upgrade).splitlines()]
    kept = [line for line in lines if line and not line.startswith("#") and not CUDA.match(line)]
    LOCK.write_text(HEADER + "\n".join(kept) + "\n", encoding="utf-8")
    print(f"lock: {len(kept)} packages in {LOCK.name}")


if __name__ == "__main__":
    main()
