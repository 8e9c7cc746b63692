"""The wheel is all that a student needs: it holds no answer, and works beside nothing but what it declares.

The environment it is tested in is a new, empty one. Its dependencies are not downloaded again: of this environment's
packages, links lead to those that the wheel declares, with what they declare, and to no other.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
INSTRUCTORS = ["nbgrader", "jupyter_book", "nbval", "sphinx", "myst_nb", "jupytext", "playwright", "pytest"]
EVERY_MODULE = """\
import importlib, pkgutil, seq2vit
names = [module.name for module in pkgutil.walk_packages(seq2vit.__path__, "seq2vit.")
         if not module.name.startswith("seq2vit.grading")]  # the instructors' part: the extra seq2vit[grade]
for name in names:
    importlib.import_module(name)
print(seq2vit.__file__, len(names))"""
FIND = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is not None)"
TEST = """\
# 01_q1: visible tests
assert double(2) == 4, "did you multiply by two?"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, as `make wheel` builds it, so that a build folder of yours adds nothing."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("seq2vit", "solutions", "assignments", "tests", "tools", "book"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (folder / "dist").glob("*.whl")
    return path


def declared(requirements: list[str]) -> dict[str, importlib.metadata.Distribution]:
    """The installed distributions that these requirements lead to, by name."""
    found = {}
    queue = [Requirement(text) for text in requirements]
    while queue:
        requirement = queue.pop()
        extras = requirement.extras or {""}
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found:
            continue
        distribution = importlib.metadata.distribution(name)
        found[name] = distribution
        queue += [
            needed
            for needed in map(Requirement, distribution.requires or [])
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    return found


def link_into(site: Path, distributions: dict[str, importlib.metadata.Distribution]) -> None:
    """Make the distributions' files appear in a site-packages folder: a link for each top-level name of theirs."""
    for distribution in distributions.values():
        here = Path(distribution.locate_file(""))
        tops = {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            if not (site / top).exists():
                (site / top).symlink_to(here / top)


@pytest.fixture(scope="module")
def student(wheel, tmp_path_factory) -> Path:
    """The Python of an empty environment with the wheel and what it declares; its name in the shell is `seq2vit`."""
    folder = tmp_path_factory.mktemp("student")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    offline = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    install = [sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    version = f"python{sysconfig.get_python_version()}"
    site = folder / "env" / "lib" / version / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = archive.read(name).decode()
    requirements = re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)
    link_into(site, declared([text for text in requirements if "extra ==" not in text]))
    return python


def run(student: Path, folder: Path, *command) -> subprocess.CompletedProcess:
    """Run a command of the student's environment in a folder, away from this repository and its settings."""
    own = {"PATH": f"{student.parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    own |= {name: value for name, value in os.environ.items() if name in ("TMPDIR", "LD_LIBRARY_PATH")}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)


def small_notebook(path: Path, answer: str) -> Path:
    """One question, marked as nbgrader marks it."""

    def mark(**flags):
        return {"nbgrader": {"schema_version": 3, "grade": False, "solution": False, "locked": False} | flags}

    cells = [
        new_code_cell(answer, id="answer", metadata=mark(solution=True, grade_id="01_q1_answer")),
        new_code_cell(TEST, id="test", metadata=mark(grade=True, locked=True, points=2, grade_id="01_q1")),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def test_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names if name.endswith((".py", ".json", ".txt"))}
    tops = {name.split("/")[0] for name in names}
    assert tops == {"seq2vit", next(top for top in tops if top.endswith(".dist-info"))}
    assert not [name for name in names if name.endswith(".ipynb")]
    # The names of the first assignment's answers, as definitions: the package may call them, never define them.
    answers = "class Encoder|def teacher_forcing|class Decoder|def sequence_loss|class AdditiveAttention"
    defined = [name for name, text in texts.items() if re.search(rf"^({answers})\b", text, re.MULTILINE)]
    assert not defined
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_every_module_works_without_anything_undeclared(student, tmp_path):
    done = run(student, tmp_path, student, "-W", "error", "-c", EVERY_MODULE)
    assert done.returncode == 0, done.stderr
    path, modules = done.stdout.split()
    assert Path(path).is_relative_to(student.parents[1]), "another copy of the package was imported"
    assert int(modules) > 5


@pytest.mark.parametrize("name", INSTRUCTORS)
def test_no_instructor_dependency_is_there(student, tmp_path, name):
    assert importlib.util.find_spec(name), f"{name} is not installed here either: this shows nothing"
    assert run(student, tmp_path, student, "-c", FIND, name).returncode == 0, f"{name} can be imported there"


def test_check_passes_a_right_answer_and_names_a_wrong_one(student, tmp_path):
    right = small_notebook(tmp_path / "right.ipynb", "def double(x):\n    return 2 * x")
    done = run(student, tmp_path, "seq2vit", "check", str(right))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "01_q1" in done.stdout
    wrong = small_notebook(tmp_path / "wrong.ipynb", "def double(x):\n    return x")
    done = run(student, tmp_path, "seq2vit", "check", str(wrong))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "did you multiply by two?" in done.stdout


def test_check_runs_the_release_as_a_new_student_would(student, tmp_path):
    """The untouched release: nothing is written yet, and it says so for each question."""
    release = ROOT / "assignments" / "01_seq2seq" / "seq2seq.ipynb"
    shutil.copy(release, tmp_path)
    done = run(student, tmp_path, "seq2vit", "check", "seq2seq.ipynb")
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(re.findall(r"^01_q\d .*not written yet$", done.stdout, re.MULTILINE)) == 7, done.stdout


def test_a_request_that_makes_no_sense(student, tmp_path):
    done = run(student, tmp_path, "seq2vit", "check", "nowhere.ipynb")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "nowhere.ipynb" in done.stderr


def test_the_instructors_part_says_which_extra_it_needs(student, tmp_path):
    done = run(student, tmp_path, "seq2vit", "grade", "01_seq2seq")
    assert done.returncode == 2 and "pip install 'seq2vit[grade]'" in done.stderr
    assert "grade" not in run(student, tmp_path, "seq2vit", "--help").stdout


def test_the_pages_of_feedback_are_in_it(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    here = [path.name for path in (ROOT / "seq2vit" / "grading" / "pages").iterdir() if path.suffix in (".html", ".css")]
    assert here and {f"seq2vit/grading/pages/{name}" for name in here} <= set(names)
