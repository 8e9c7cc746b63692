"""The instructor's notebooks and the releases made from them."""

import ast
import json
import re
import shutil

import nbformat
import notebooks as tool  # tools/notebooks.py
import pytest
from banks.bench import ROOT, Bench
from lint_cells import problems

from seq2vit import notebooks

SOURCES = tool.sources()
IDS = [path.parent.name for path in SOURCES]
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)


def released(source):
    return ROOT / "assignments" / source.relative_to(ROOT / "solutions")


def telling_lines(text):
    """Lines that would give something away: not the ones that any program has."""
    lines = {line.split("  #")[0].strip() for line in text.splitlines()}
    return {line for line in lines if len(line) > 12 and not line.startswith(("#", "for ", "super()", "return ids"))}


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_release_is_what_its_source_gives(source, tmp_path):
    target = tmp_path / source.name
    assert tool.make_release(source, target)
    assert target.read_bytes() == released(source).read_bytes(), "run `make assignments` and commit the result"


def test_a_release_that_is_up_to_date_is_left_alone(tmp_path):
    target = tmp_path / SOURCES[0].name
    shutil.copy(released(SOURCES[0]), target)
    assert not tool.make_release(SOURCES[0], target)


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_release_holds_no_answer_and_no_hidden_test(source):
    cells = notebooks.code_cells(notebooks.read(source))
    secret = set()
    for cell in cells:
        for region in SOLUTION.findall(cell.source) + HIDDEN.findall(cell.source):
            secret |= telling_lines(region)
    # What the instructor shows on purpose, in a given cell, a demonstration or the visible part of a test, is no secret.
    open_text = "\n".join(HIDDEN.sub("", SOLUTION.sub("", cell.source)) for cell in cells)
    secret = {line for line in secret if line not in open_text}
    assert len(secret) > 50, "nothing to look for: are the markers right?"
    text = "\n".join(cell.source for cell in notebooks.read(released(source)).cells)
    assert [line for line in secret if line in text] == []
    assert "BEGIN SOLUTION" not in text and "BEGIN HIDDEN" not in text


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_release_is_whole(source):
    notebook = notebooks.read(released(source))
    cells = notebooks.code_cells(notebook)
    tests = [cell for cell in cells if cell.kind == "test"]
    assert [cell.id for cell in tests] == [f"{source.parent.name[:2]}_q{i + 1}" for i in range(len(tests))]
    for cell in cells:
        if cell.kind == "answer":
            assert "raise NotImplementedError" in cell.source and cell.id.removesuffix("_answer") in cell.source
    headings = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for test in tests:
        assert f"## {test.id} · " in headings and f"({test.points:g} points)" in headings
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert [path.name for path in released(source).parent.iterdir()] == [source.name], "only the notebook is released"
    assert [path.name for path in source.parent.iterdir() if not path.name.startswith(".")] == [source.name], (
        "nbgrader copies every neighbour into the release")


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_solution_is_stored_tidily(source):
    notebook = nbformat.read(source, as_version=4)
    assert nbformat.writes(tool.tidy(notebook, outputs=True), version=4, indent=1) + "\n" == source.read_text(), (
        "run `make solutions` and commit the result")
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "executed from the first cell to the last: run `make solutions`"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
            assert set(output.get("data", {})) <= {"text/plain"}


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_cells_keep_the_rules(source):
    tests = [cell for cell in notebooks.code_cells(notebooks.read(source)) if cell.kind == "test"]
    assert [problem for cell in tests for problem in problems(cell.source, cell.id)] == []


@pytest.mark.parametrize(("spoilt", "said"), [
    ("if isinstance(y, int): pass", "look at data"),
    ("assert torch.allclose(y, y)", "use checks.close"),
    ("torch.manual_seed(1)", "global generator"),
    ("import inspect", "import in the given cells"),
    ("y is x", "identity"),
    ("raise checks.Mistake(f'got {y.shape}')", "never something returned"),
    ("for i in range(len(got)): pass", "a size out of something returned"),
    ("module.register_forward_hook(print)", "no hooks"),
    ("try:\n        pass\n    except Exception:\n        pass", "must reach the grader"),
])
def test_the_lint_can_fail(spoilt, said):
    cell = ("# 01_q1: visible tests\n@checks.quiet\ndef test_01_q1():\n"
            "    ### BEGIN HIDDEN TESTS\n    SPOILT\n    ### END HIDDEN TESTS\n"
            "    checks.close(1, 2, 'x')\n\n\ntest_01_q1()\nprint('fine')")
    assert problems(cell.replace("SPOILT", "pass"), "01_q1") == []
    assert any(said in problem for problem in problems(cell.replace("SPOILT", spoilt), "01_q1"))
    assert any("a warning" in p for p in problems(cell.replace("@checks.quiet\n", ""), "01_q1"))
    assert any("call it" in p for p in problems(cell.replace("\n\n\ntest_01_q1()", ""), "01_q1"))


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_the_lists_of_questions_in_the_text_are_true(source):
    cells = notebooks.read(source).cells
    intro = cells[0].source
    for cell in notebooks.code_cells(notebooks.read(source)):
        if cell.kind == "test":
            assert re.search(rf"\| `{cell.id}` \| .* \| {cell.points:g} \|", intro), f"{cell.id} in the first table"


def code_of_page(path):
    """All code of a page: its code cells, and fenced code that is only shown."""
    return re.findall(r"```+(?:\{code-cell\}[^\n]*|python)\n(.*?)```", path.read_text(), re.DOTALL)


PAGES = sorted((ROOT / "chapters").rglob("*.md"))


@pytest.mark.parametrize("assignment", IDS)
def test_no_page_and_no_release_earns_a_point(assignment):
    """Paste the code of every page, and of every release, into each question: none may earn its points."""
    bench = Bench(assignment)
    pastes = {path.name: code_of_page(path) for path in PAGES}
    for source in SOURCES:
        cells = notebooks.code_cells(notebooks.read(released(source)))
        pastes[f"release of {source.parent.name}"] = [c.source for c in cells if c.kind in ("given", "answer", "demo")]
    for question in bench.tests:
        wanted = re.findall(r"^(?:class|def) (\w+)", bench.references[question], re.MULTILINE)
        for name, blocks in pastes.items():
            text = []
            for block in blocks:  # definitions only: running a page's experiments would take minutes
                try:
                    text.append(definitions_of(block))
                except SyntaxError:
                    continue
            finding = bench.run(question, "\n".join(text))
            assert not finding.passed, f"{name} answers {question}"
            # A function of the page under another name could be an answer too: try each in the question's place.
            for other in re.findall(r"^(?:class|def) (\w+)", "\n".join(text), re.MULTILINE):
                finding = bench.run(question, "\n".join([*text, *(f"{w} = {other}" for w in wanted)]))
                assert not finding.passed, f"{other} of {name} answers {question}"


def definitions_of(block):
    tree = ast.parse(re.sub(r"^\s*[%!:].*$", "", block, flags=re.MULTILINE))
    keep = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom))]
    return ast.unparse(ast.Module(keep, []))


def test_stamping_writes_the_address_into_the_installing_cell():
    notebook = nbformat.read(SOURCES[0], as_version=4)
    tool.stamp(notebook, "https://example.org/course")
    text = json.dumps(notebook)
    assert text.count("https://example.org/course") == 1
    assert tool.address() in json.dumps(nbformat.read(SOURCES[0], as_version=4))
