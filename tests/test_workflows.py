"""The workflow files: linted, every command a make target that exists, actions pinned, and no right beyond the need."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
TOOLS = Path(sys.executable).parent  # actionlint and zizmor are commands of this environment


def actionlint(*files: Path) -> subprocess.CompletedProcess:
    # Its shellcheck and pyflakes are switched off: they may or may not be on a machine, and every run is one command.
    command = [TOOLS / "actionlint", "-no-color", "-shellcheck=", "-pyflakes="]
    config = ["-config-file", ROOT / ".github" / "actionlint.yaml"]
    return subprocess.run([*command, *config, *files], capture_output=True, text=True)


def zizmor(*files: Path) -> subprocess.CompletedProcess:
    command = [TOOLS / "zizmor", "--offline", "--no-progress", "--color=never", "--quiet", "--pedantic"]
    return subprocess.run([*command, *files], capture_output=True, text=True)


def steps(workflow: Path) -> list[tuple[str, dict]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    return [(name, step) for name, job in jobs.items() for step in job["steps"]]


def test_the_four_workflows_are_there():
    assert [path.stem for path in WORKFLOWS] == ["links", "nbval-gpu", "pages", "test"]


def test_actionlint_finds_nothing():
    done = actionlint(*WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing():
    done = zizmor(*WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-24.4", "label"),
        ("matrix.python", "matrix.pyhton", "pyhton"),
        ("    steps:", "    stepps:", "stepps"),
    ],
)
def test_actionlint_reports_a_broken_workflow(tmp_path, right, wrong, said):
    text = (FOLDER / "test.yml").read_text()
    assert right in text
    broken = tmp_path / "broken.yml"
    broken.write_text(text.replace(right, wrong, 1))
    done = actionlint(broken)
    assert done.returncode == 1
    assert said in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (r"actions/checkout@[0-9a-f]{40}", "actions/checkout@v6", "unpinned-uses"),
        (r"permissions:\n  contents: read", "permissions: write-all", "excessive-permissions"),
        (r"run: make test", 'run: make test "${{ github.head_ref }}"', "template-injection"),
    ],
)
def test_zizmor_reports_an_unsafe_workflow(tmp_path, right, wrong, said):
    text = (FOLDER / "test.yml").read_text()
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    shutil.copy(FOLDER / "test.yml", folder / "safe.yml")
    assert zizmor(folder / "safe.yml").returncode == 0
    unsafe, found = re.subn(right, lambda match: wrong, text, count=1)
    assert found == 1
    (folder / "unsafe.yml").write_text(unsafe)
    done = zizmor(folder / "unsafe.yml")
    assert done.returncode != 0
    assert said in done.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_is_one_make_target(workflow):
    commands = [step["run"] for _, step in steps(workflow) if "run" in step]
    assert commands
    for command in commands:
        match = re.fullmatch(r"make ([a-z-]+)", command.strip())
        assert match, f"{command!r} is not `make TARGET`: put it into the Makefile, where it runs on a laptop too"
        assert match[1] in TARGETS, f"the Makefile has no target {match[1]}"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_step_says_why(workflow):
    lines = workflow.read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if re.match(r"      - (run|uses|id|if|name):", line)]
    assert len(starts) == len(steps(workflow))
    silent = [lines[number].strip() for number in starts if not lines[number - 1].strip().startswith("#")]
    assert not silent


def test_untrusted_code_never_reaches_the_gpu_runner():
    triggers = yaml.safe_load((FOLDER / "nbval-gpu.yml").read_text())[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) == {"schedule", "workflow_dispatch"}


def test_a_makefile_target_runs_a_file_that_exists():
    files = re.findall(r"\b((?:tools|gpu)/[\w./]+)", (ROOT / "Makefile").read_text())
    assert files
    assert not [name for name in files if not (ROOT / name).is_file()]


def test_links_issue_is_opened_once(tmp_path):
    """`make links-issue` with a `gh` of our own: it opens an issue, and adds to the one that is open."""
    folder = tmp_path / "tools"
    folder.mkdir()
    script = shutil.copy(ROOT / "tools" / "links_issue.sh", folder)
    found = tmp_path / "_build" / "links.md"
    found.parent.mkdir()
    found.write_text("* a.md:3: https://gone.example/: 404\n")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    gh = bin_folder / "gh"
    gh.write_text(
        '#!/bin/sh\necho "$@" >>"$GH_LOG"\ncase "$2" in list) printf "%s" "$OPEN" ;; esac\n'
        'while [ $# -gt 1 ]; do [ "$1" = --body-file ] && cat "$2" >>"$GH_LOG"; shift; done\n'
    )
    gh.chmod(0o755)

    def run(open_issue: str) -> str:
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        variables = {"PATH": f"{bin_folder}:/usr/bin:/bin", "GH_LOG": str(log), "OPEN": open_issue}
        done = subprocess.run(["sh", script], env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return log.read_text()

    first = run("")
    assert "issue create --title Broken links" in first
    assert "https://gone.example/: 404" in first
    second = run("12")
    assert "issue comment 12" in second and "issue create" not in second

    found.unlink()
    done = subprocess.run(["sh", script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "run make links first" in done.stderr
