"""Rebuilding a submission: right answers earn their points however the notebook was bent, nothing of the student's but
text counts, and no bytes break it."""

import contextlib
import io
import json
import random
import time
import warnings

import nbformat
import pytest
from banks.bench import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from seq2vit.grading import intake
from seq2vit.grading.rebuild import Refused, rebuild

CHAPTER = "01_seq2seq/seq2seq.ipynb"


def mark(grade_id, points=None, solution=False, locked=True, task=False):
    found = {"grade_id": grade_id, "schema_version": 3, "grade": points is not None, "solution": solution,
             "locked": locked and not solution, "task": task}
    return found | ({"points": points} if points is not None else {})


def code(name, source, tags=(), **kind):
    metadata = {"nbgrader": mark(name, **kind)} if kind or name in ("setup", "imports", "tools") else {}
    return new_code_cell(source, id=name, metadata=metadata | ({"tags": list(tags)} if tags else {}))


def text(name, source, **kind):
    return new_markdown_cell(source, id=name, metadata={"nbgrader": mark(name, **kind)})


def answer(number, body):
    source = f"def f{number}(x):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"
    return code(f"q{number}_answer", source, solution=True)


def question(number, check):
    hidden = f"### BEGIN HIDDEN TESTS\nsecret = 'secret of q{number}'\nassert {check}\n### END HIDDEN TESTS"
    return code(f"q{number}", f"# visible\nassert {check}\n{hidden}", points=number)


@pytest.fixture(scope="module")
def source():
    """A small course notebook: q3 uses q2's answer and a given class, q2 uses an import."""
    notebook = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                                      "language_info": {"name": "python"}}, cells=[
        text("intro", "# Intro"),
        code("setup", "raise SystemExit('setup must not run')", tags=["setup"]),
        code("imports", "import math"),
        text("q1-task", "## q1"),
        answer(1, "return x + 1"),
        question(1, "f1(1) == 2"),
        text("q2-task", "## q2"),
        answer(2, "return math.floor(x)"),
        question(2, "f2(2.5) == 2"),
        code("tools", "class Tool:\n    ratio = math.pi"),
        answer(3, "return f2(x) + math.floor(Tool.ratio)"),
        question(3, "f3(1.5) == 4"),
        text("essay", "The best answer.", points=5, solution=True),
        new_code_cell("raise SystemExit('a demonstration must not run')", id="demo-one", metadata={"tags": ["demo"]}),
        text("end", "Submit."),
    ])
    nbformat.validate(notebook)
    return notebook


@pytest.fixture
def release(source):
    """What students get: made by nbgrader's own preprocessors, so that this file does not share the code under test."""
    return nbgraders_release(source)


def nbgraders_release(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's imports warn of their own future
        from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, ComputeChecksums, LockCells
    notebook = nbformat.from_dict(json.loads(json.dumps(source)))
    for step in (LockCells(), ClearSolutions(code_stub={"python": "raise NotImplementedError"}), ClearHiddenTests(),
                 ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


@pytest.fixture
def right(source, release):
    """A release with every answer right."""
    return completed(source, release)


def completed(source, release):
    done = {cell.id: cell.source for cell in source.cells}
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            lines = [line for line in done[cell.id].split("\n") if "SOLUTION" not in line]
            cell.source = "\n".join(lines)
    return release


def as_bytes(notebook):
    return json.dumps(notebook).encode()


def run(rebuilt):
    """Which tests pass, in a kernel that goes on after an error as a notebook does when cells are run one by one."""
    names, passed = {}, {}
    for step in rebuilt.steps:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(step.source, step.id or "extra", "exec"), names)
            passed[step.id] = True
        except Exception:
            passed[step.id] = False
    return {step.id: passed[step.id] for step in rebuilt.steps if step.kind == "test"}


ALL = {"q1": True, "q2": True, "q3": True}


def test_the_untouched_release_restores_nothing_and_passes_nothing(source, release):
    rebuilt = rebuild(as_bytes(release), source)
    assert rebuilt.restored == []
    assert run(rebuilt) == dict.fromkeys(ALL, False)


def test_right_answers_restore_nothing_and_pass(source, right):
    rebuilt = rebuild(as_bytes(right), source)
    assert rebuilt.restored == []
    assert run(rebuilt) == ALL
    assert [(step.kind, step.id) for step in rebuilt.steps] == [
        ("given", "imports"), ("answer", "q1_answer"), ("test", "q1"), ("answer", "q2_answer"), ("test", "q2"),
        ("given", "tools"), ("answer", "q3_answer"), ("test", "q3")]
    assert all(rebuilt.notebook.cells[step.index].cell_type == "code" for step in rebuilt.steps)


def test_the_instructors_own_notebook_restores_nothing_and_passes(source):
    rebuilt = rebuild(as_bytes(source), source)
    assert rebuilt.restored == [] and run(rebuilt) == ALL


# Bent by honest students. Each entry: what is done to a right notebook, and what the report says of it.

def place(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if cell.id == name)


def cut(notebook, *names):
    found = [cell for cell in notebook.cells if cell.id in names]
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
    return found


def put(notebook, before, *cells):
    at = place(notebook, before) if before else len(notebook.cells)
    notebook.cells[at:at] = cells


def move(*names, before=None):
    return lambda notebook: put(notebook, before, *cut(notebook, *names))


def delete(*names):
    return lambda notebook: cut(notebook, *names)


def copy(name, before=None, source=None):
    def bend(notebook):
        cell = nbformat.from_dict(dict(notebook.cells[place(notebook, name)], id=f"copy-{before}"))
        cell.source = cell.source if source is None else source
        put(notebook, before, cell)

    return bend


def edit(name, source):
    def bend(notebook):
        notebook.cells[place(notebook, name)].source = source

    return bend


def add(before, source, tags=()):
    return lambda notebook: put(notebook, before, new_code_cell(source, id=f"mine-{before}", metadata={"tags": list(tags)}))


def retag(*tags):
    def bend(notebook):
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.tags = list(tags)

    return bend


def remark(**changes):
    def bend(notebook):
        for cell in notebook.cells:
            cell.metadata.get("nbgrader", {}).update(changes)

    return bend


def old_schema(notebook):
    """nbgrader's first schema: no version, no task, no cell type."""
    for cell in notebook.cells:
        for key in ("schema_version", "task", "cell_type", "checksum"):
            cell.metadata.get("nbgrader", {}).pop(key, None)


def lose(*names):
    def bend(notebook):
        for cell in notebook.cells:
            if not names or cell.id in names:
                cell.metadata = {}

    return bend


def new_ids(notebook):
    for number, cell in enumerate(notebook.cells):
        cell.id = f"other-{number}"


def reverse(notebook):
    notebook.cells.reverse()


def both(*bends):
    def bend(notebook):
        for one in bends:
            one(notebook)

    return bend


STUB2 = "def f2(x):\n    raise NotImplementedError"
NBGRADERS_STUB2 = "def f2(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
BENT = {
    "nothing": (lambda notebook: None, []),
    "wrong kernel": (lambda notebook: notebook.metadata.update(kernelspec={"name": "julia", "display_name": "Julia"}), []),
    "tags on graded cells": (retag("skip-execution", "demo", "setup", "remove_input", "raises-exception"), []),
    "points, lock and schema changed": (remark(points=1000, locked=False, grade=False, solution=True, schema_version=99), []),
    "old schema": (old_schema, []),
    "new cell ids": (new_ids, []),
    "space at line ends": (edit("q1", "# visible  \nassert f1(1) == 2\n\n"), []),
    "helper above": (both(add("q1_answer", "def one():\n    return 1"),
                          edit("q1_answer", "def f1(x):\n    return x + one()")), []),
    "helper below the answer": (both(add("q1", "one = 1"), edit("q1_answer", "def f1(x):\n    return x + one")), []),
    "helper at the top": (both(add("intro", "one = 1"), edit("q1_answer", "def f1(x):\n    return x + one")), []),
    "a cell that fails": (add("q2_answer", "1 / 0"), []),
    "junk at the end": (add(None, "f1 = f2 = f3 = None"), []),
    "own demonstration": (add("q2_answer", "raise SystemExit", tags=["demo"]), []),
    "demonstration edited": (edit("demo-one", "raise SystemExit('still not')"), []),
    "demonstration edited, tag lost": (both(edit("demo-one", "raise SystemExit('still not')"), lose("demo-one")), []),
    "demonstration gone": (delete("demo-one"), []),
    "demonstration first, without tag": (both(lose("demo-one"), move("demo-one", before="intro")), []),
    "setup pasted again": (add("q1_answer", "raise SystemExit('setup must not run')"), ["setup cell setup was there 2 times"]),
    "given pasted again as text": (add("q1_answer", "import math"), []),
    "test changed": (edit("q1", "assert True"), ["test cell q1 was changed"]),
    "test emptied": (edit("q3", ""), ["test cell q3 was changed"]),
    "given changed": (edit("tools", "Tool = None"), ["given cell tools was changed"]),
    "setup changed": (edit("setup", "ADDRESS = 'mine'"), ["setup cell setup was changed"]),
    "text changed": (edit("q2-task", "## q2, mine"), ["text cell q2-task was changed"]),
    "test deleted": (delete("q2"), ["test cell q2 was missing: the instructor's"]),
    "test deleted, helper below": (both(delete("q1"), add("q2-task", "one = 1"),
                                        edit("q1_answer", "def f1(x):\n    return x + one")), ["q1 was missing"]),
    "all tests deleted": (delete("q1", "q2", "q3"), ["q1 was missing", "q2 was missing", "q3 was missing"]),
    "given deleted": (delete("imports", "tools"), ["imports was missing", "tools was missing"]),
    "all that is locked deleted": (delete("intro", "setup", "imports", "q1-task", "q1", "q2-task", "q2", "tools", "q3", "end"),
                                   ["was missing"] * 10),
    "text deleted": (delete("intro", "end"), ["text cell end was missing", "text cell intro was missing"]),
    "essay deleted": (delete("essay"), ["answer cell essay was missing: it was put back empty"]),
    "given moved down": (move("imports"), ["given cell imports stood after a cell that needs it"]),
    "given swapped": (move("imports", before="q3_answer"), ["given cell imports stood after"]),
    "test moved up": (move("q3", before="intro"), ["test cell q3 stood before what it tests"]),
    "test moved down": (move("q1"), []),
    "answer moved down": (move("q1_answer"), ["test cell q1 stood before", "test cell q2 stood before", "test cell q3 stood"]),
    "answer moved up": (move("q3_answer", before="q1-task"), ["given cell tools stood after"]),
    "questions swapped": (move("q3_answer", "q3", before="q2-task"), ["q3 stood before", "given cell tools stood after"]),
    "reversed": (reverse, ["imports stood", "tools stood", "q1 stood", "q2 stood", "q3 stood"]),
    "test copied": (copy("q1", before="q3"), ["test cell q1 was there 2 times"]),
    "test copied to the top": (copy("q1", before="intro"), ["test cell q1 was there 2 times"]),
    "test copied below junk": (both(add(None, "f1 = None"), copy("q1")), ["test cell q1 was there 2 times"]),
    "given copied": (copy("imports", before="q3"), ["given cell imports was there 2 times"]),
    "all copied": (lambda notebook: notebook.cells.extend([dict(cell, id=f"c-{cell.id}") for cell in notebook.cells]),
                   ["was there 2 times"] * 14),
    "answer copied": (copy("q2_answer", before="q3"), ["q2_answer was there 2 times: 2 of them count", "test cell q2 stood"]),
    "first answer copied to the end": (copy("q1_answer"), ["q1_answer was there 2 times", "test cell q1 stood before"]),
    "wrong attempt kept above": (copy("q2_answer", before="q2_answer", source="def f2(x):\n    return None"),
                                 ["q2_answer was there 2 times: 2 of them count"]),
    "stub kept below": (copy("q2_answer", before="q2", source=STUB2), ["2 times: the untouched ones were left out"]),
    "stub kept at the end": (copy("q2_answer", source=STUB2 + "\n\n"), ["2 times: the untouched ones were left out"]),
    "nbgrader's own stub kept": (copy("q2_answer", before="q2", source=NBGRADERS_STUB2), ["the untouched ones were left out"]),
    "answer in a cell of its own": (both(delete("q2_answer"), add("q2", "def f2(x):\n    return math.floor(x)")),
                                    ["answer cell q2_answer was missing"]),
    "answer below its test": (both(delete("q2_answer"), add("tools", "def f2(x):\n    return math.floor(x)")),
                              ["q2 stood before", "q2_answer was missing"]),
    "answer with another": (both(delete("q2_answer"), edit("q1_answer", "def f1(x):\n    return x + 1\nf2 = math.floor")),
                            ["q2_answer was missing"]),
    "answer with the next": (both(delete("q2_answer"), edit("q3_answer", "f2 = math.floor\nf3 = lambda x: f2(x) + 3")),
                             ["q2 stood before", "q2_answer was missing"]),
    "answer by a star": (both(delete("q2_answer"), add("tools", "exec('def f2(x): return math.floor(x)')")),
                         ["q2 stood before", "q2_answer was missing"]),
    "last answer by a star": (both(delete("q3_answer"), add(None, "exec('def f3(x): return f2(x) + 3')")),
                              ["q3 stood before", "q3_answer was missing"]),
    "names lost": (lose(), ["no cell carries nbgrader's names any more"]),
    "names lost, cells copied": (both(copy("q1_answer"), lose()), ["no cell carries"]),
    "names lost, tests deleted": (both(delete("q1", "q2", "imports"), lose()), ["no cell carries"]),
    "names lost, identifiers too": (both(lose(), new_ids), ["no cell carries"]),
    "a test's name lost": (lose("q2"), []),
    "an answer's name lost": (lose("q2_answer"), ["q2_answer was missing"]),
    "a given's name lost": (lose("tools"), []),
    "a text's name lost": (lose("intro", "q1-task"), []),
    "unknown name": (lambda notebook: notebook.cells[4].metadata.nbgrader.update(grade_id="q9_answer"),
                     ["a cell carries a name that the assignment does not have", "q1_answer was missing"]),
}


@pytest.mark.parametrize("bent", BENT)
def test_right_answers_pass_however_the_notebook_was_bent(source, right, bent):
    bend, says = BENT[bent]
    bend(right)
    rebuilt = rebuild(as_bytes(right), source)
    assert run(rebuilt) == ALL
    said = rebuilt.restored
    assert len(said) == len(says), said
    assert all(any(piece in sentence for sentence in said) for piece in says), said
    assert all(any(piece in sentence for piece in says) for sentence in said), said
    holds(rebuilt, source)


def holds(rebuilt, source):
    """What is true of everything that is rebuilt."""
    nbformat.validate(rebuilt.notebook)
    notebook = json.loads(json.dumps(rebuilt.notebook))
    json.dumps(notebook, ensure_ascii=False).encode()
    assert "secret of" not in json.dumps(notebook)
    assert notebook["metadata"] == json.loads(json.dumps(source.metadata))
    marks = [cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    originals = {cell.metadata.nbgrader.grade_id: dict(cell.metadata.nbgrader) for cell in source.cells
                 if "nbgrader" in cell.metadata}
    assert all(mark == originals[mark["grade_id"]] for mark in marks)
    names = [mark["grade_id"] for mark in marks]
    assert len(names) == len(set(names))
    assert {name for name, mark in originals.items() if mark["locked"] or mark["grade"]} <= set(names)
    tests = [cell for cell in source.cells if originals.get(cell.id, {}).get("grade") and cell.cell_type == "code"]
    assert sorted(step.source for step in rebuilt.steps if step.kind == "test") == sorted(cell.source for cell in tests)
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"nbgrader", "tags"}
        assert cell["metadata"].get("tags", ["demo"]) in (["demo"], ["setup"])
        assert cell.get("outputs", []) == []
    assert [step.index for step in rebuilt.steps] == sorted({step.index for step in rebuilt.steps})
    for step in rebuilt.steps:
        cell = notebook["cells"][step.index]
        assert cell["cell_type"] == "code" and (step.kind == "test" or cell["source"] == step.source)


def test_a_wrong_answer_does_not_pass_because_it_stands_elsewhere(source, right):
    """The later of two answers counts, as in a kernel."""
    copy("q2_answer", before="q2", source="def f2(x):\n    return None")(right)
    assert run(rebuild(as_bytes(right), source)) == {"q1": True, "q2": False, "q3": False}


def test_a_test_sees_what_ran_before_it_and_not_what_comes_later(source, right):
    add("q2-task", "f1 = None")(right)
    assert run(rebuild(as_bytes(right), source))["q1"]
    add("q1", "f1 = None")(right)
    assert not run(rebuild(as_bytes(right), source))["q1"]


def test_without_any_cell_all_comes_from_the_instructor(source):
    rebuilt = rebuild(b'{"cells": []}', source)
    assert run(rebuilt) == dict.fromkeys(ALL, False)
    assert [cell.cell_type for cell in rebuilt.notebook.cells] == [
        cell.cell_type for cell in source.cells if cell.id not in ("q1_answer", "q2_answer", "q3_answer", "demo-one")]
    holds(rebuilt, source)


def test_a_name_on_a_cell_of_another_type_is_the_students_own(source, right):
    def named(name):
        return {"id": name, "metadata": {"nbgrader": mark(name)}}

    right.cells[place(right, "q1_answer")] = new_markdown_cell("my answer", **named("q1_answer"))
    right.cells[place(right, "intro")] = new_code_cell("f1 = lambda x: x + 1", **named("intro"))
    rebuilt = rebuild(as_bytes(right), source)
    assert run(rebuilt) == ALL
    assert rebuilt.notebook.cells[0].source == "# Intro"
    assert sum("cell of another type" in sentence for sentence in rebuilt.restored) == 2
    holds(rebuilt, source)


def test_a_tag_does_not_hide_a_named_cell_but_a_nameless_one(source, right):
    add("q1", "f1 = None", tags=["demo"])(right)
    retag("demo")(right)
    rebuilt = rebuild(as_bytes(right), source)
    assert run(rebuilt) == ALL
    assert [cell.metadata.tags for cell in rebuilt.notebook.cells if "tags" in cell.metadata] == [["setup"], ["demo"], ["demo"]]


def test_a_tag_does_not_hide_a_cell_with_a_name_that_nobody_knows(source, right):
    add("q1", "one = 1", tags=["demo"])(right)
    edit("q1_answer", "def f1(x):\n    return x + one")(right)
    right.cells[place(right, "mine-q1")].metadata.nbgrader = {"grade_id": "q1-helper"}
    assert run(rebuild(as_bytes(right), source)) == ALL


def test_untouched_answers_that_are_there_twice_stay_once(source, release):
    copy("q1_answer", before="q2")(release)
    rebuilt = rebuild(as_bytes(release), source)
    assert [step.id for step in rebuilt.steps].count("q1_answer") == 1
    assert rebuilt.restored == ["the answer cell q1_answer was there 2 times: the untouched ones were left out"]


def test_a_test_that_is_all_hidden_is_not_any_empty_cell(source, right):
    whole = nbformat.from_dict(json.loads(json.dumps(source)))
    whole.cells[place(whole, "q1")].source = "### BEGIN HIDDEN TESTS\nassert f1(1) == 2\n### END HIDDEN TESTS"
    edit("q1", "")(right)
    assert rebuild(as_bytes(right), whole).restored == []
    delete("q1")(right)
    add(None, "")(right)
    rebuilt = rebuild(as_bytes(right), whole)
    assert rebuilt.restored == ["the test cell q1 was missing: the instructor's was put back"] and run(rebuilt) == ALL


def test_colabs_identifiers_are_known(source, right):
    both(edit("demo-one", "raise SystemExit('still not')"), lose("demo-one"))(right)
    assert run(rebuild(colab(right), source)) == ALL


def test_checksums_and_odd_identifiers_of_the_instructors(source, right):
    odd = nbformat.from_dict(json.loads(json.dumps(source)))
    odd.cells[place(odd, "end")].id = "extra-1"
    for cell in odd.cells:
        cell.metadata.get("nbgrader", {})["checksum"] = "of the source, not of what is rebuilt"
    odd.cells[place(odd, "essay")].pop("id")
    both(add("intro", ""), add("end", ""))(right)
    notebook = rebuild(as_bytes(right), odd).notebook
    assert "checksum" not in json.dumps(notebook)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_written_answers_keep_the_students_words(source, right):
    right.cells[place(right, "essay")].update(source="Mine.", attachments={
        "a.png": {"image/png": "aGk="}, "b.svg": {"image/svg+xml": "PHN2Zz4="},
        "c.html": {"text/html": "<script>"}, "d.png": {"image/png": "<script>"}, "e.png": "no",
        "f.png": {"image/png": ["aG", "k="]}})
    cell = next(cell for cell in rebuild(as_bytes(right), source).notebook.cells if cell.id == "essay")
    assert cell.source == "Mine." and cell.metadata.nbgrader.points == 5
    assert cell.attachments == {"a.png": {"image/png": "aGk="}, "f.png": {"image/png": "aGk="}}


def test_nothing_else_of_the_student_gets_through(source, right):
    right.metadata.update(widgets={"state": "leak"}, title="leak", kernelspec={"name": "leak", "display_name": "leak"})
    for number, cell in enumerate(right.cells):
        cell.metadata.update(leak="leak", collapsed=True, name="leak")
        cell.metadata.setdefault("nbgrader", {})["leak"] = "leak"
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="leak")]
            cell.execution_count = number
    put(right, None, new_raw_cell("raw", metadata={"format": "leak"}), new_markdown_cell("mine", metadata={"leak": "leak"}))
    rebuilt = rebuild(as_bytes(right), source)
    assert run(rebuilt) == ALL and rebuilt.restored == []
    assert "leak" not in json.dumps(rebuilt.notebook)
    assert [(cell.cell_type, cell.source) for cell in rebuilt.notebook.cells[-2:]] == [("raw", "raw"), ("markdown", "mine")]
    holds(rebuilt, source)


def test_a_hidden_region_without_end_stays_hidden(source, right):
    broken = nbformat.from_dict(json.loads(json.dumps(source)))
    cell = broken.cells[place(broken, "q1")]
    cell.source = cell.source.replace("### END HIDDEN TESTS", "")
    essay = broken.cells[place(broken, "end")]
    essay.source = "Submit.\n### BEGIN MARK SCHEME\nsecret of marking\n### END MARK SCHEME\nBye."
    rebuilt = rebuild(as_bytes(right), broken)
    assert "secret of" not in json.dumps(rebuilt.notebook)
    assert rebuilt.notebook.cells[-1].source == "Submit.\nBye."


def test_sentences_are_few_and_quote_nothing_of_the_students(source, right):
    cells = [dict(cell, id=f"c{i}-{cell.id}") for cell in right.cells for i in range(9)]
    for number, cell in enumerate(cells):
        cell["source"] = f"leak {number}"
    right.cells = cells + [new_code_cell("x", metadata={"nbgrader": {"grade_id": f"leak{n}"}}) for n in range(100)]
    rebuilt = rebuild(as_bytes(right), source)
    assert 20 < len(rebuilt.restored) <= 50 and not any("leak" in sentence for sentence in rebuilt.restored)
    assert all("\n" not in sentence and len(sentence) < 200 for sentence in rebuilt.restored)
    holds(rebuilt, source)


def test_more_than_fifty_sentences_are_counted(source):
    long = nbformat.from_dict(json.loads(json.dumps(source)))
    long.cells += [text(f"part-{n}", f"Part {n}") for n in range(80)]
    left = nbformat.from_dict(dict(long, cells=long.cells[4:5]))
    restored = rebuild(as_bytes(left), long).restored
    assert len(restored) == 50 and restored[-1].startswith("and ") and restored[-1].endswith(" more")


# Bytes.

def with_windows_ends(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


def with_lists(notebook):
    for cell in notebook.cells:
        cell["source"] = cell.source.splitlines(keepends=True)
    return as_bytes(notebook)


def without_keys(notebook):
    for number, cell in enumerate(notebook.cells):
        cell.pop("id")
        if "nbgrader" not in cell.metadata:
            cell.pop("metadata")
        if cell.cell_type == "code":
            cell.pop("outputs")
            cell["execution_count"] = f"{number}"
        cell["surprise"] = {"x": [1]}
    return json.dumps({"cells": notebook.cells, "nbformat": 4, "nbformat_minor": 99, "surprise": None}).encode()


def wrong_kinds(notebook):
    for cell in notebook.cells:
        cell["id"] = 7
        cell["outputs"] = "none"
        if "nbgrader" not in cell.metadata:
            cell["metadata"] = ["no"]
        else:
            cell.metadata["tags"] = "demo"
    return json.dumps({"cells": notebook.cells, "metadata": 3, "nbformat": "four"}).encode()


def format_3(notebook):
    """As old Jupyter (and Otter's and some platforms' converters) write it."""
    cells = []
    for cell in notebook.cells:
        old = {"cell_type": cell.cell_type, "metadata": cell.metadata}
        if cell.cell_type == "code":
            old |= {"input": cell.source, "language": "python", "outputs": [], "collapsed": False, "prompt_number": 1}
        else:
            old |= {"source": cell.source}
        cells.append(old)
    cells.append({"cell_type": "heading", "level": 2, "source": ["My\n", "heading"], "metadata": {}})
    half = len(cells) // 2
    sheets = [{"cells": cells[:half], "metadata": {}}, {"cells": cells[half:]}]
    return json.dumps({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}).encode()


def colab(notebook):
    """Colab keeps a cell's identifier in its metadata and adds its own."""
    for cell in notebook.cells:
        cell["metadata"] = dict(cell.metadata, id=cell.pop("id"), colab={"base_uri": "x"}, outputId="y")
    return json.dumps(dict(notebook, nbformat_minor=0, metadata={"colab": {"provenance": []}})).encode()


SAVED = {
    "UTF-8 with a byte-order mark": lambda notebook: b"\xef\xbb\xbf" + as_bytes(notebook),
    "UTF-16 with a byte-order mark": lambda notebook: json.dumps(notebook).encode("utf-16"),
    "UTF-16 without": lambda notebook: json.dumps(notebook).encode("utf-16-be"),
    "a byte that is no UTF-8": lambda notebook: as_bytes(notebook).replace(b"Submit", b"S\xe9bmit"),
    "Windows line ends": with_windows_ends,
    "lists of lines": with_lists,
    "keys missing, format too new": without_keys,
    "values of wrong kinds": wrong_kinds,
    "format 3": format_3,
    "Colab": colab,
    "space around it": lambda notebook: b"\n \n" + as_bytes(notebook) + b"\n\n",
    "raw control characters in strings": lambda notebook: as_bytes(notebook).replace(b"\\n", b"\n"),
}


@pytest.mark.parametrize("saved", SAVED)
def test_right_answers_pass_however_the_file_was_saved(source, right, saved):
    rebuilt = rebuild(SAVED[saved](right), source)
    assert run(rebuilt) == ALL
    expected = ["text cell end was changed"] if "no UTF-8" in saved else []
    assert all(any(piece in sentence for piece in expected) for sentence in rebuilt.restored), rebuilt.restored
    assert not any("\r" in cell.source for cell in rebuilt.notebook.cells)
    holds(rebuilt, source)


def test_an_old_heading_becomes_text(source, right):
    assert rebuild(format_3(right), source).notebook.cells[-1].source == "## My heading"


@pytest.mark.parametrize("character", ["\0", "\ud800", "\udfff", "\\u0000", "\\ud83d", "\ud83dx\ude00"])
def test_what_is_no_text_becomes_a_replacement_mark(source, right, character):
    edit("q1_answer", f"def f1(x):\n    return x + 1  # {character}")(right)
    data = as_bytes(right).replace(b"\\\\u", b"\\u")
    rebuilt = rebuild(data, source)
    assert run(rebuilt) == ALL
    assert "\ufffd" in next(step.source for step in rebuilt.steps if step.id == "q1_answer")
    holds(rebuilt, source)


def test_a_pair_of_surrogates_is_a_character(source, right):
    edit("q1_answer", "def f1(x):\n    return x + 1  # \U0001f600")(right)
    rebuilt = rebuild(as_bytes(right), source)  # JSON writes it as two escapes
    assert "\U0001f600" in next(step.source for step in rebuilt.steps if step.id == "q1_answer")


def cells(*some):
    return json.dumps({"nbformat": 4, "cells": list(some)}).encode()


CODE = {"cell_type": "code", "source": "x", "metadata": {}}
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t", "empty"),
    "only a mark": (b"\xef\xbb\xbf", "damaged"),
    "binary": (bytes(range(256)) * 50, "damaged"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "damaged"),
    "HTML": (b"<!DOCTYPE html><html>Sign in</html>", "damaged"),
    "cut off": (cells(CODE)[:-9], "cut off"),
    "joined": (cells(CODE) * 2, "damaged"),
    "list": (b"[]", "not a notebook"),
    "number": (b"3", "not a notebook"),
    "null": (b"null", "not a notebook"),
    "no cells": (b'{"nbformat": 4}', "no cells"),
    "cells are no list": (b'{"cells": {"a": 1}}', "no cells"),
    "worksheets are no list": (b'{"worksheets": 1}', "no cells"),
    "cell is no object": (cells(1), "cell 1"),
    "cell of no type": (cells(CODE, {"source": "x"}), "cell 2"),
    "cell of an unknown type": (cells({"cell_type": "cpde", "source": "x"}), "cell 1"),
    "type is a list": (cells({"cell_type": ["code"], "source": "x"}), "cell 1"),
    "text is a number": (cells(dict(CODE, source=7)), "cell 1"),
    "text is a list of numbers": (cells(dict(CODE, source=["x", 7])), "cell 1"),
    "not a number": (b'{"cells": [], "x": NaN}', "NaN"),
    "infinity": (b'{"cells": [], "x": -Infinity}', "Infinity"),
    "huge number": (b'{"cells": [], "x": ' + b"9" * 10_000 + b"}", "no notebook holds"),
    "same key twice": (b'{"cells": [], "cells": [1]}', "twice"),
    "same key twice in a cell": (cells(CODE).replace(b'"source"', b'"source": "y", "source"'), "twice"),
    "deep lists": (b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "no notebook holds"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no notebook holds"),
    "deep and open": (b"[" * 1_000_000, "no notebook holds"),
    "very many lists": (b'{"cells": [' + b"[]," * 3_000_000 + b"[]]}", "outputs"),
    "too many cells": (cells(*[CODE] * 5_001), "5001 cells"),
    "too large a cell": (cells(dict(CODE, source="x" * 1_000_001)), "cell 1"),
    "too large a cell in lines": (cells(CODE, dict(CODE, source=["x" * 600_000] * 2)), "cell 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_notebook_is_refused_at_once_with_a_line(source, name):
    data, says = REFUSED[name]
    began = time.perf_counter()
    with pytest.raises(Refused) as refused:
        rebuild(data, source)
    assert time.perf_counter() - began < 5  # seconds; milliseconds on a quiet machine
    reason = str(refused.value)
    assert says in reason and "\n" not in reason and len(reason) < 250


def test_the_limits_themselves_are_graded(source):
    rebuilt = rebuild(cells(*[CODE] * 4_999, dict(CODE, source="#" * 1_000_000)), source)
    assert sum(step.kind == "extra" for step in rebuilt.steps) == 5_000
    assert len({cell.id for cell in rebuilt.notebook.cells}) == len(rebuilt.notebook.cells)


def test_five_thousand_hostile_cells_take_no_minute(source, right):
    """Copies of everything, all answers missing: the worst for whoever compares and moves."""
    delete("q1_answer", "q2_answer", "q3_answer")(right)
    right.cells = [dict(cell, id="same") for cell in right.cells] * (4_900 // len(right.cells))
    began = time.perf_counter()
    rebuild(as_bytes(right), source)
    assert time.perf_counter() - began < 20


def test_the_result_is_the_same_each_time(source, right):
    reverse(right)
    right.cells += [new_code_cell("x"), new_code_cell("y", id="intro"), new_markdown_cell("z")]
    data = as_bytes(right)
    assert rebuild(data, source) == rebuild(data, source)


def test_both_modules_refuse_with_the_same_exception():
    assert Refused is intake.Refused


# Chapter 1's notebook.

@pytest.fixture(scope="module")
def chapter():
    return nbformat.read(ROOT / "solutions" / CHAPTER, as_version=4)


@pytest.fixture
def chapters_release():
    return nbformat.read(ROOT / "assignments" / CHAPTER, as_version=4)


def test_chapter_1_as_released_restores_nothing(chapter, chapters_release):
    rebuilt = rebuild(as_bytes(chapters_release), chapter)
    assert rebuilt.restored == [] and set(run(rebuilt).values()) == {False}
    nbformat.validate(rebuilt.notebook)


@pytest.mark.parametrize("bend", [lambda notebook: None, reverse, lose(), both(lose(), new_ids)], ids=["as it is", "reversed",
                         "names lost", "names and identifiers lost"])
def test_chapter_1_gets_full_marks_however_it_was_bent(chapter, chapters_release, bend):
    notebook = completed(chapter, chapters_release)
    bend(notebook)
    rebuilt = rebuild(as_bytes(notebook), chapter)
    assert run(rebuilt) == {f"01_q{number}": True for number in range(1, 8)}
    assert sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in rebuilt.notebook.cells) == 20
    assert "HIDDEN" not in json.dumps(rebuilt.notebook)
    nbformat.validate(rebuilt.notebook)


def test_chapter_1_takes_milliseconds(chapter, chapters_release):
    data = as_bytes(chapters_release)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        rebuild(data, chapter)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.010


def test_nbgrader_reads_what_is_rebuilt(chapter, chapters_release, tmp_path):
    """Its own check of the metadata: schema, one name once."""
    notebook = completed(chapter, chapters_release)
    notebook.cells += [dict(cell, id=f"copy-{cell.id}") for cell in notebook.cells]
    rebuilt = rebuild(as_bytes(notebook), chapter)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbgrader import nbgraderformat
    (tmp_path / "seq2seq.ipynb").write_text(json.dumps(rebuilt.notebook))
    nbgraderformat.read(str(tmp_path / "seq2seq.ipynb"), as_version=4)


# Bytes at random.

def mutated(data, chance):
    """One to six changes: a byte, a piece doubled, dropped or moved, a token that means something put somewhere."""
    tokens = [b"\\u0000", b"\\ud800", b"null", b"[", b"}", b'"', b"NaN", b"9" * 30, b'"cell_type": "code", ', b"\xff", b"\0",
              b"{},", b'"id": "q1", ', b"-", b'"metadata": 3, ', b"1e999", b"true"]
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(data)), int(2 ** chance.uniform(0, 10))
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at:at] = data[at:at + size]
            case 2:
                del data[at:at + size]
            case 3:
                data[at:at] = chance.choice(tokens)
            case 4:
                end = chance.randrange(len(data))
                data[at:at + size], data[end:end] = b"", data[at:at + size]
    return bytes(data)


def shuffled(notebook, chance):
    """Changes that leave it a notebook: in the tree instead of in the bytes."""
    def visit(value):
        if isinstance(value, dict):
            return {key: visit(part) for key, part in value.items() if chance.random() > 0.02}
        if isinstance(value, list):
            return [visit(part) for part in value if chance.random() > 0.02]
        return chance.choice([None, 0, -1.5, "", [], {}, "q1", "code", "\udc00"]) if chance.random() < 0.02 else value

    cells = [visit(cell) for cell in notebook["cells"] for _ in range(chance.choice([0, 1, 1, 1, 2]))]
    chance.shuffle(cells)
    return {"cells": cells, "nbformat": 4}


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_graded_or_refused_and_nothing_else(source, right, seed):
    chance = random.Random(seed)
    outcomes = {"graded": 0, "refused": 0}
    valid = json.loads(as_bytes(right))
    for number in range(150):
        data = mutated(as_bytes(valid), chance) if number % 2 else as_bytes(shuffled(valid, chance))
        try:
            rebuilt = rebuild(data, source)
        except Refused as refused:
            assert str(refused) and "\n" not in str(refused)
            outcomes["refused"] += 1
        else:
            holds(rebuilt, source)
            outcomes["graded"] += 1
    assert min(outcomes.values()) > 10
