"""`make env` on a machine made of nothing but a few commands and a tiny project: no network, no real package.

The whole environment is made from the real lock by every fresh run of the tests; here are the ways it can go wrong.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = "sh cat cksum date df awk sed grep tail head tee mkdir rm uname dirname cut"

# A build backend that fits here: an editable install is a wheel that holds a .pth file.
BACKEND = '''
import zipfile
def build_editable(folder, settings=None, metadata=None):
    name = "course-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        info = "course-1.0.dist-info"
        wheel.writestr("course.pth", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: course\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
'''
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def tiny_wheel(folder: Path, name: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "value = 1\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


class Machine:
    """A project folder and a PATH of its own, on which `tools/env.sh` runs."""

    def __init__(self, folder: Path):
        self.project, self.bin = folder / "project", folder / "bin"
        wheels = folder / "wheels"
        for made in (self.project / "tools", self.bin, wheels):
            made.mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "env.sh", self.project / "tools")
        (self.project / "backend.py").write_text(BACKEND)
        (self.project / "pyproject.toml").write_text(PYPROJECT)
        self.lock("tiny_a")
        for name in ("tiny_a", "tiny_b"):
            tiny_wheel(wheels, name)
        for command in COMMANDS.split():
            (self.bin / command).symlink_to(shutil.which(command))
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        }

    def lock(self, *names: str) -> None:
        (self.project / "requirements.lock").write_text("".join(f"{name}==1.0\n" for name in names))

    def command(self, name: str, script: str) -> None:
        """Put a command of our own on the PATH, in place of the system's."""
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def env(self, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["sh", "tools/env.sh"], cwd=self.project, env=self.environment | variables, capture_output=True, text=True
        )

    def refuses(self, **variables: str) -> str:
        """Run it where it must stop: with a status, and one line that is all that it says on stderr."""
        done = self.env(**variables)
        assert done.returncode == 1, done.stdout + done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert "Traceback" not in done.stdout
        return done.stderr


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def with_python(machine: Machine) -> Machine:
    # A script, not a link: a Python that is called by a link in our bin/ would look for its library beside it.
    machine.command("python3", f'exec "{sys.executable}" "$@"')
    return machine


def test_of_two_runs_at_once_the_second_waits_and_finds_it_done(machine):
    with_python(machine)
    begun, free = machine.project / "begun", machine.project / "free"
    os.mkfifo(free)
    # A python3 that stops before it makes the environment until somebody writes into the pipe.
    machine.command("python3", f'case "$*" in *"-m venv"*) : >"{begun}"; cat "{free}" ;; esac; exec "{sys.executable}" "$@"')
    start = {"cwd": machine.project, "env": machine.environment, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["sh", "tools/env.sh"], **start) as first:
        while first.poll() is None and not begun.exists():
            pass
        with subprocess.Popen(["sh", "tools/env.sh"], **start) as second:
            assert second.stdout.readline() == "env: another run makes this environment: waiting for it\n"
            free.write_text("")
            assert "env: ready: .venv" in first.communicate()[0]
            assert "env: .venv is up to date" in second.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0)


def test_made_once_kept_repaired_and_moved_on(machine):
    with_python(machine)
    venv = machine.project / ".venv"
    first = machine.env()
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.fullmatch(r"env: ready: \.venv with Python 3\.\d+\.\d+, in \d+ s\.", first.stdout.splitlines()[-1])
    installed = list(venv.glob("lib/python*/site-packages/tiny_a.py"))
    assert len(installed) == 1

    # Nothing is done twice.
    before = {path: path.stat().st_mtime_ns for path in venv.iterdir()}
    second = machine.env()
    assert second.stdout.splitlines() == [f"env: .venv is up to date (Python {sys.version.split()[0]})."]
    assert before == {path: path.stat().st_mtime_ns for path in venv.iterdir()}

    # Without a network a changed lock stops it, and what was there still works.
    machine.lock("tiny_a", "tiny_b", "tiny_c")
    offline = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    assert "no connection to the package index: check the network" in machine.refuses(**offline)
    assert installed[0].is_file()

    # With the package in reach the next run goes on from there.
    machine.lock("tiny_a", "tiny_b")
    third = machine.env()
    assert third.returncode == 0, third.stdout + third.stderr
    assert "making .venv" not in third.stdout
    assert (installed[0].parent / "tiny_b.py").is_file()

    # A run that was interrupted while it unpacked leaves an environment that looks whole and is not.
    installed[0].unlink()
    (venv / ".unfinished").touch()
    fourth = machine.env()
    assert fourth.returncode == 0, fourth.stdout + fourth.stderr
    assert "removing an unfinished or unfit .venv" in fourth.stdout
    assert installed[0].is_file()


def test_no_python(machine):
    assert "no Python found: install Python 3.11, 3.12 or 3.13" in machine.refuses()


@pytest.mark.parametrize("version", ["2.7.18", "3.10.13", "3.14.0"])
def test_a_python_out_of_range(machine, version):
    machine.command("python3", f"echo {version}")
    said = machine.refuses()
    assert f"python3 is Python {version}, and this needs 3.11, 3.12 or 3.13" in said
    assert "PYTHON=" in said


def test_the_python_that_was_asked_for(machine):
    with_python(machine)
    assert "PYTHON=/nowhere/python does not run" in machine.refuses(PYTHON="/nowhere/python")
    machine.command("old", "echo 3.9.1")
    assert "old is Python 3.9.1" in machine.refuses(PYTHON="old")


def test_a_python_without_its_venv_module(machine):
    machine.command("python3", 'case "$2" in *venv*) exit 1 ;; *) echo 3.12.1 ;; esac')
    assert "python3 (3.12.1) lacks its venv module: install it" in machine.refuses()


def test_a_full_disk(machine):
    with_python(machine)
    machine.command("df", "echo Filesystem 1024-blocks Used Available Capacity; echo /dev/x 9 9 3000000 99% /")
    assert "only 2 GB free here" in machine.refuses()
    assert not (machine.project / ".venv").exists()


def test_a_disk_that_fills_up_on_the_way(machine):
    full = 'echo "OSError: [Errno 28] No space left on device" >&2; exit 1'
    machine.command("python3", f'case "$*" in *"-m venv"*) {full} ;; *) exec "{sys.executable}" "$@" ;; esac')
    assert "the disk is full: free about 8 GB" in machine.refuses()


def test_what_else_goes_wrong_is_said_in_its_own_words(machine):
    wrong = 'echo "Error: the moon is in the wrong place" >&2; exit 1'
    machine.command("python3", f'case "$*" in *"-m venv"*) {wrong} ;; *) exec "{sys.executable}" "$@" ;; esac')
    assert "making .venv failed (Error: the moon is in the wrong place): see .venv/env.log" in machine.refuses()


def test_a_folder_that_cannot_be_written(machine):
    with_python(machine)
    venv = machine.project / ".venv"
    venv.write_text("in the way")
    assert "cannot write .venv" in machine.refuses()
    # An environment that runs, and in which nothing can be written, not even by root: its log is a folder.
    venv.unlink()
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(machine.bin / "python3")
    (venv / "env.log").mkdir()
    assert "cannot write in .venv: make it yours" in machine.refuses()


@pytest.mark.parametrize(
    ("ruff", "tests", "status", "last"),
    [
        (0, 0, 0, r"seq2vit: all checks passed in 0 min \d+ s"),
        (0, 1, 1, r"seq2vit: tests failed \(see above\); stopped after 0 min \d+ s"),
        (0, 5, 5, r"seq2vit: tests failed \(see above\); stopped after 0 min \d+ s"),  # pytest found no test
        (1, 0, 1, r"seq2vit: lint failed; no test was run; stopped after 0 min \d+ s"),
    ],
)
def test_the_closing_line_of_make_test(tmp_path, ruff, tests, status, last):
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ncase "$2" in ruff) exit {ruff} ;; pytest) exit {tests} ;; esac\nexit 99\n')
    python.chmod(0o755)
    variables = os.environ | {"SEQ2VIT_VENV": str(tmp_path / "venv")}
    done = subprocess.run(["sh", ROOT / "tools" / "test.sh"], env=variables, capture_output=True, text=True)
    assert done.returncode == status
    assert re.fullmatch(last, done.stdout.splitlines()[-1])


def locked() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    requirements = [Requirement(line.partition("#")[0]) for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", one.name).lower(): one for one in requirements}


def test_the_lock_pins_all_that_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        asked += extra
    pins = locked()
    for requirement in map(Requirement, asked):
        if requirement.name == "seq2vit":
            continue
        pin = pins.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
        assert pin is not None, f"{requirement} is not in requirements.lock: run make lock"
        version = str(pin.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement}, locked at {version}: run make lock"


def test_the_lock_names_no_index_and_no_build_of_torch():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text and "--" not in text
    pins = locked()
    assert re.fullmatch(r"==\d+\.\d+\.\d+", str(pins["torch"].specifier))
    assert not [name for name in pins if name.startswith(("nvidia-", "cuda-", "triton"))]
    assert all(str(one.specifier).startswith("==") for one in pins.values())


def test_this_environment_is_the_lock():
    wrong = []
    for name, pin in locked().items():
        if pin.marker is None or pin.marker.evaluate():
            version = importlib.metadata.version(name)
            if not pin.specifier.contains(version, prereleases=True):
                wrong.append(f"{name} {version} (locked: {pin.specifier})")
    assert not wrong, f"{', '.join(wrong)}: run make env"
