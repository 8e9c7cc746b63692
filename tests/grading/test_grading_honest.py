"""Right answers get full marks, however honestly untidy the notebook around them is."""

import copy
import json
import random

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from test_nbgrader import answered


def place(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def insert_before(name, *sources):
    def change(notebook):
        at = place(notebook, name)
        notebook.cells[at:at] = [new_code_cell(source) for source in sources]
    return change


def in_answer(name, old, new):
    def change(notebook):
        cell = notebook.cells[place(notebook, name)]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)
    return change


def top(source):
    return insert_before("given-imports", source)


def after_imports(*sources):
    return insert_before("01_q1-task", *sources)


def move(name, to):
    def change(notebook):
        cell = notebook.cells.pop(place(notebook, name))
        notebook.cells.insert(place(notebook, to) if to else len(notebook.cells), cell)
    return change


def double(name, keep_first=True):
    def change(notebook):
        at = place(notebook, name)
        notebook.cells.insert(at, copy.deepcopy(notebook.cells[at]))
    return change


def each(change):
    def all_cells(notebook):
        for cell in notebook.cells:
            change(cell)
    return all_cells


def without_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = {}
        cell.pop("id")
    notebook.nbformat_minor = 2


def questions_shuffled(notebook):
    """Question by question, in another order; 01_q7 needs the attention of 01_q6, so that one stays in front."""
    starts = [place(notebook, f"01_q{i}-task") for i in range(1, 8)] + [place(notebook, "demo-task")]
    blocks = [notebook.cells[a:b] for a, b in zip(starts, starts[1:], strict=False)]
    first, last = notebook.cells[: starts[0]], notebook.cells[starts[-1]:]
    random.Random(1).shuffle(blocks[:5])
    notebook.cells = first + [cell for block in [*reversed(blocks[:5]), *blocks[5:]] for cell in block] + last


def outputs_of_a_long_day(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="warning: slow\n" * 2000),
                            nbformat.v4.new_output("display_data", data={"image/png": "iVBORw0KGgo" * 5000})]


RNN = "h, _ = self.rnn"
CHANGES = {
    "nothing": lambda notebook: None,
    "a warning": in_answer("01_q1_answer", RNN, f"import warnings; warnings.warn('slow')\n        {RNN}"),
    "prints": in_answer("01_q1_answer", RNN, f"print('here', src.shape, flush=True)\n        {RNN}"),
    "writes to stderr": in_answer("01_q1_answer", RNN, f"import sys; print('x' * 5000, file=sys.stderr)\n        {RNN}"),
    "logging": in_answer("01_q1_answer", RNN, f"import logging; logging.basicConfig(); logging.warning('hm')\n        {RNN}"),
    "a progress bar": in_answer("01_q7_answer", "for y in ", "import sys\n        for i in range(50): sys.stderr.write(f'\\r{i}%')\n"
                                "        for y in "),
    "prints that are half a letter": in_answer("01_q1_answer", "class Encoder", "print('\\ud800')\nclass Encoder"),
    "prints that never end a line": top("import sys\nfor i in range(3000): sys.stdout.write('abc' * 100)"),
    "magics and shell commands": after_imports("%matplotlib inline\n!nvidia-smi\n%load_ext autoreload\n%autoreload 2",
                                               "files = !ls\n%time x = 1", "%%bash\necho hello", "?torch.cat"),
    "a cell magic on an answer": in_answer("01_q2_answer", "def teacher_forcing", "%%time\ndef teacher_forcing"),
    "await at the top of a cell": after_imports("import asyncio\nawait asyncio.sleep(0)\nprint('awake')"),
    "helpers in cells of their own": lambda notebook: (
        after_imports("def last_state(h, mask):\n    return h[torch.arange(len(h)), mask.sum(dim=1) - 1]")(notebook),
        in_answer("01_q1_answer", "torch.tanh(self.init(h[rows, last]))", "torch.tanh(self.init(last_state(h, mask)))")(notebook)),
    "a helper defined below its answer": lambda notebook: (
        insert_before("01_q1", "def squash(x):\n    return torch.tanh(x)")(notebook),
        in_answer("01_q1_answer", "torch.tanh(self.init", "squash(self.init")(notebook)),
    "a dataclass and type hints": after_imports("from dataclasses import dataclass\n@dataclass\nclass C:\n    n: int = 3\nC().n"),
    "everything of torch": after_imports("from torch.nn import *"),
    "a device": in_answer("01_q1_answer", RNN, "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
                          f"        src, mask = src.to(device), mask.to(device)\n        {RNN}"),
    "more threads": after_imports("torch.set_num_threads(4)", "import threading\nthreading.Thread(target=print).start()"),
    "seeds": after_imports("torch.manual_seed(42); import numpy as np; np.random.seed(0)", "torch.use_deterministic_algorithms(True)"),
    "a picture": after_imports("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('x.png')\nplt.show()"),
    "a file of one's own": after_imports("torch.save({'a': torch.ones(2)}, 'x.pt'); torch.load('x.pt')", "open('notes.txt', 'w').write('x')"),
    "a little training": after_imports("m = nn.Linear(3, 1)\no = torch.optim.Adam(m.parameters())\nfor _ in range(20):\n"
                                       "    o.zero_grad(); m(torch.randn(8, 3)).pow(2).mean().backward(); o.step()"),
    "a cell that fails": after_imports("1 / 0", "def broken(:", "import not_there", "open('/home/me/data.csv')"),
    "a cell that asks": after_imports("name = input('who? ')"),
    "exit at the end": lambda notebook: notebook.cells.append(new_code_cell("exit()")),
    "exit in the middle": after_imports("import sys\nsys.exit(0)"),
    "the course's own data": after_imports("from seq2vit.data import dates\nfrom seq2vit import plots\nlen(dates.LANGUAGES)"),
    "display": after_imports("display(torch.ones(2))\nfrom IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))"),
    "the name of the main module": after_imports("if __name__ == '__main__':\n    ok = 1", "assert ok"),
    "pickle and deepcopy": insert_before("01_q2-task", "import copy, pickle\ncopy.deepcopy(Encoder(3, 4, 5))\npickle.dumps(Encoder(3, 4, 5))"),
    "cells of text": lambda notebook: notebook.cells.insert(3, new_markdown_cell("# My notes\n<b>x</b> $x^2$")),
    "tests moved to the end": lambda notebook: [move(f"01_q{i}", None)(notebook) for i in range(1, 8)],
    "imports moved to the end": move("given-imports", None),
    "the given class moved to the end": move("given-cell", None),
    "answers moved below their tests": lambda notebook: [move(f"01_q{i}", f"01_q{i}_answer")(notebook) for i in range(1, 8)],
    "questions in another order": questions_shuffled,
    "an answer twice": double("01_q3_answer"),
    "a test twice": double("01_q3"),
    "every cell twice": lambda notebook: notebook.cells.extend(copy.deepcopy(notebook.cells)),
    "tests deleted": lambda notebook: [notebook.cells.pop(place(notebook, f"01_q{i}")) for i in range(1, 8)],
    "given cells deleted": lambda notebook: [notebook.cells.pop(place(notebook, n)) for n in ("given-imports", "given-cell", "setup")],
    "a test that was edited": in_answer("01_q3", "test_01_q3()", "# test_01_q3()"),
    "metadata lost": without_metadata,
    "tags on all cells": each(lambda cell: cell.metadata.update(tags=["skip-execution", "demo", "hide"])),
    "another kernel": lambda notebook: notebook.metadata.update(kernelspec={"name": "conda-env-x", "display_name": "x", "language": "R"}),
    "no metadata of the notebook": lambda notebook: notebook.metadata.clear(),
    "Colab's metadata": lambda notebook: notebook.metadata.update(colab={"provenance": [], "gpuType": "T4"}, accelerator="GPU"),
    "outputs of a long day": outputs_of_a_long_day,
    "execution counts that are strange": each(lambda cell: cell.cell_type == "code" and cell.update(execution_count=99)),
}


@pytest.fixture(scope="module")
def right():
    return answered()


@pytest.mark.parametrize("name", CHANGES)
def test_full_marks(name, right, station, exam):
    notebook = copy.deepcopy(right)
    CHANGES[name](notebook)
    graded = station.grade(exam, "ada", json.dumps(notebook).encode())
    assert {q.id: q.message for q in graded.verdict.questions if not q.passed} == {}
    assert graded.verdict.verdict == "graded" and graded.verdict.score == 20
    nbformat.validate(nbformat.reads(graded.notebook, as_version=4))


BYTES = {
    "Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "Windows line ends within the cells": lambda text: text.replace("\\n", "\\r\\n").encode(),
    "a byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "format 3": lambda text: nbformat.writes(nbformat.convert(nbformat.reads(text, as_version=4), 3), version=3).encode(),
    "format 4.0": lambda text: json.dumps(json.loads(text) | {"nbformat_minor": 0}).encode(),
    "a format of tomorrow": lambda text: json.dumps(json.loads(text) | {"nbformat_minor": 9}).encode(),
}


@pytest.mark.parametrize("name", BYTES)
def test_full_marks_for_other_bytes(name, right, station, exam):
    graded = station.grade(exam, "ada", BYTES[name](nbformat.writes(right)))
    assert (graded.verdict.verdict, graded.verdict.score) == ("graded", 20), graded.verdict
