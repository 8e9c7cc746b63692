"""make bench-grading: plain nbgrader and the engine on the same honest submissions, on this machine, in one run.

Both grade the same notebooks; the scores must agree, question by question. Rates are given with and without the training
demonstrations: nbgrader can run them (`SEQ2VIT_DEMO=1`), the engine never does. The last line is `ratio: X`: wall seconds
of nbgrader with the demonstrations for each of the engine's. nbgrader's seconds with demonstrations and its memory are
taken from the first eight submissions, to keep the run short; all else from all of them.

Called with --nbgrader it is the child that runs nbgrader's API in one process.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
ASSIGNMENT, NAME = "01_seq2seq", "seq2seq.ipynb"
BIN = Path(sys.executable).parent
FIRST = 8


def submissions(count: int) -> list[bytes]:
    """Honest notebooks: in each, every question answered in another right style, and in every fourth one mistake."""
    import nbformat
    from banks import a01_seq2seq as bank
    from banks.bench import Bench

    bench = Bench(ASSIGNMENT)
    styles = {question: [entry for entry in bank.RIGHT if entry.question == question and not entry.before and "print" not in
                         entry.source and "warn" not in entry.source] for question in bench.tests}
    mistakes = [entry for entry in bank.WRONG if entry.slug and not entry.breaks]
    release = nbformat.read(ROOT / "assignments" / ASSIGNMENT / NAME, as_version=4)
    found = []
    for number in range(count):
        wrong = mistakes[number % len(mistakes)] if number % 4 == 3 else None
        for cell in release.cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("solution"):
                question = mark["grade_id"].removesuffix("_answer")
                cell.source = styles[question][number % len(styles[question])].source
                if wrong and wrong.question == question:
                    cell.source = bench.spoil(wrong)
        found.append(nbformat.writes(release).encode())
    return found


def make_course(root: Path, notebooks: list[bytes]) -> None:
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    run(root, "nbgrader", "generate_assignment", ASSIGNMENT, "--create")
    for number, data in enumerate(notebooks):
        place = root / "submitted" / f"student{number:04d}" / ASSIGNMENT
        place.mkdir(parents=True)
        (place / NAME).write_bytes(data)


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=root, env={**os.environ, "PATH": path, **environment}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench-grading: {' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
    return done


def nbgrader_child(students: list[str]) -> None:
    """Grade by nbgrader's API in this process; a line of JSON with the seconds and the memory."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config, PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=".").load_config()
    api = NbGraderAPI(config=Config(config))
    seconds, memory = [], 0
    for student in students:
        began = time.perf_counter()
        result = api.autograde(ASSIGNMENT, student, force=True, create=True)
        if not result["success"]:
            raise SystemExit(result["log"])
        seconds.append(time.perf_counter() - began)
        memory = max(memory, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime
    print(json.dumps({"wall": sum(seconds), "cpu": cpu, "memory": memory + mine.ru_maxrss * 1024}))


def by_nbgrader(root: Path, students: list[str], demonstrations: bool) -> dict[str, float]:
    done = run(root, sys.executable, str(Path(__file__).resolve()), "--nbgrader", *students,
               SEQ2VIT_DEMO="1" if demonstrations else "0")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return {"wall": found["wall"] / len(students), "cpu": found["cpu"] / len(students), "memory": found["memory"]}


def by_engine(root: Path, students: list[str]) -> dict[str, float]:
    """The command as an instructor types it, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    stop, memory = threading.Event(), []
    watch = threading.Thread(target=watch_memory, args=(stop, memory))
    watch.start()
    began = time.perf_counter()
    try:
        done = run(root, str(BIN / "seq2vit"), "grade", ASSIGNMENT, "--force")
    finally:
        stop.set()
    watch.join()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    kept = [json.loads((root / ".seq2vit" / ASSIGNMENT / f"{student}.json").read_text()) for student in students]
    timings = [one["graded"]["timings"] if "graded" in one else one["timings"] for one in kept]
    middle = {key: statistics.median(timing[key] for timing in timings) for key in timings[0]}
    return {"wall": wall / len(students), "cpu": cpu / len(students), "said": done.stdout, "timings": middle,
            "memory": [max(part) for part in (memory[: len(memory) // 2], memory[len(memory) // 2:])]}


def watch_memory(stop: threading.Event, found: list[int]) -> None:
    """Every two seconds the bytes that this program's children hold in memory, what they share counted once."""
    import psutil

    while not stop.wait(2):
        total = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
        found.append(total)


def scores(root: Path) -> dict[tuple[str, str], float]:
    query = """select work.student_id, cell.name, coalesce(grade.manual_score, grade.auto_score) from grade
        join base_cell cell on cell.id = grade.cell_id
        join submitted_notebook notebook on notebook.id = grade.notebook_id
        join submitted_assignment work on work.id = notebook.assignment_id"""
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        found = {(student, cell): score for student, cell, score in gradebook.execute(query)}
    gradebook.close()
    return found


def floor(notebooks: list[bytes]) -> float:
    """Processor seconds of the test cells alone, in one warm process: nothing can be faster and run the same tests."""
    import nbformat
    import torch
    from banks.bench import Bench

    torch.set_num_threads(1)
    bench = Bench(ASSIGNMENT)
    work = [{cell.metadata.nbgrader.grade_id.removesuffix("_answer"): cell.source
             for cell in nbformat.reads(data.decode(), as_version=4).cells if cell.metadata.get("nbgrader", {}).get("solution")}
            for data in notebooks]
    bench.run_all(work[0])  # warm
    began = time.process_time()
    for answers in work:
        bench.run_all(answers)
    return (time.process_time() - began) / len(work)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--engine-only", action="store_true", help="without nbgrader's side: for a thousand submissions")
    parser.add_argument("--nbgrader", nargs="+", metavar="STUDENT")
    options = parser.parse_args()
    if options.nbgrader:
        return nbgrader_child(options.nbgrader)
    notebooks = submissions(options.submissions)
    students = [f"student{number:04d}" for number in range(len(notebooks))]
    with tempfile.TemporaryDirectory() as folder:
        engine_root, plain_root = Path(folder) / "engine", Path(folder) / "plain"
        make_course(engine_root, notebooks)
        engine = by_engine(engine_root, students)
        print(engine["said"])
        limit = floor(notebooks)
        timings = ", ".join(f"{key} {value * 1e3:.0f}" for key, value in engine["timings"].items())
        start_kill = (engine["timings"]["start"] + engine["timings"]["kill"]) * 1e3
        print(f"floor, the test cells alone:  {limit:.3f} s of CPU a submission")
        print(f"engine, the whole command:    {engine['wall']:.3f} s wall, {engine['cpu']:.3f} s of CPU a submission "
              f"({engine['cpu'] / limit:.2f} x the floor); {1 / engine['wall']:.1f} submissions a second")
        print(f"engine, one submission:       median ms: {timings}; start and kill {start_kill:.0f} ms")
        early, late = (f"{size / 1e6:.0f} MB" for size in engine["memory"])
        print(f"engine, all its processes:    at most {early} in the first half of the run, {late} in the second")
        if options.engine_only:
            return None
        make_course(plain_root, notebooks)
        shown = by_nbgrader(plain_root, students[:FIRST], demonstrations=True)
        plain = by_nbgrader(plain_root, students, demonstrations=False)
        mine, theirs = scores(engine_root), scores(plain_root)
        different = {key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)}
        print(f"nbgrader with demonstrations: {shown['wall']:.2f} s wall, {shown['cpu']:.2f} s of CPU, "
              f"{shown['memory'] / 1e6:.0f} MB (the first {FIRST})")
        print(f"nbgrader without them:        {plain['wall']:.2f} s wall, {plain['cpu']:.2f} s of CPU")
        print(f"scores: {len(mine) - len(different)} of {len(mine)} questions agree", *sorted(different))
        print(f"ratio without demonstrations: {plain['wall'] / engine['wall']:.1f}")
        print(f"ratio: {shown['wall'] / engine['wall']:.1f}")
        if different:
            raise SystemExit(1)
    return None


if __name__ == "__main__":
    main()
