"""The bank of hostile submissions: what an attack is, the little exam that most of them sit, and their submissions.

The attacks stand in hostile_names.py (what a student's own interpreter would believe), hostile_wire.py, hostile_system.py,
hostile_words.py (carrying hidden inputs off) and hostile_files.py (the file that is handed in).
"""

import json
import re
from dataclasses import dataclass, field, replace

import nbformat
from exams import exam_of

GIVEN = """\
import itertools

import torch
from torch import nn

from seq2vit import checks
"""

ANSWERS = {
    "09_q1": "def double(x):\n    return 2 * x",
    "09_q2": """\
class Scale(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.W = nn.Linear(D, D, bias=False)

    def forward(self, x):
        return self.W(x)
""",
    "09_q3": """\
def repeat(step, x):
    for t in range(3):
        x = step(x, t)
    return x
""",
    "09_q4": """\
def count(n):
    while True:
        yield torch.tensor(n)
        n += 1
""",
}
WRONG = {"09_q1": "def double(x):\n    return x + 1", "09_q2": ANSWERS["09_q2"].replace("self.W(x)", "self.W(x) * 2"),
         "09_q3": ANSWERS["09_q3"].replace("range(3)", "range(2)"), "09_q4": ANSWERS["09_q4"].replace("+= 1", "+= 2")}

TEST = """\
@checks.quiet
def test_{0}():
    ### BEGIN HIDDEN TESTS
{1}
    ### END HIDDEN TESTS
{2}


test_{0}()
print("{0}: every test in this cell passes")
"""
# Each a hidden part, whose text and numbers must never be seen, and a visible one.
TESTS = {
    "09_q1": ("""\
    for x in torch.tensor([31337.25, 271828.5]), checks.normal(4242, 3, 2), torch.empty(0, 2):
        checks.close(double(x.clone()), 2 * x, "double", looks_like=[(x + 1, "you add one", "09-adds-one")])
""", """\
    checks.close(double(torch.ones(2)), torch.tensor([2.0, 2.0]), "double of ones", show=True)
"""),
    "09_q2": ("""\
    for D, seed in (3, 5), (4, 6):
        parts = {"W": nn.Linear(D, D, bias=False)}
        scale = checks.build(Scale(D), checks.weights(seed, **parts), "Scale")
        x = checks.normal(60, 2, D).requires_grad_()
        mine = x.detach().clone().requires_grad_()
        got, want = scale(mine), parts["W"](x)
        checks.close(got, want, "Scale")
        checks.same_gradients(got, want, checks.parameter_pairs(scale, **parts) | {"x": (mine, x)}, "Scale")
""", """\
    scale = checks.build(Scale(1), {"W.weight": torch.tensor([[3.0]])}, "Scale")
    checks.close(scale(torch.ones(1, 1)), torch.tensor([[3.0]]), "Scale by 3", show=True)
"""),
    "09_q3": ("""\
    w = checks.normal(70, 3)
    step = lambda x, t: torch.tanh(x * w) + t
    x = checks.normal(80, 3).requires_grad_()
    mine = x.detach().clone().requires_grad_()
    got, want = repeat(step, mine), step(step(step(x, 0), 1), 2)
    checks.close(got, want, "repeat")
    checks.same_gradients(got, want, {"x": (mine, x)}, "repeat")
""", """\
    checks.close(repeat(lambda x, t: x + 1, torch.zeros(1)), torch.tensor([3.0]), "three steps of one", show=True)
"""),
    "09_q4": ("""\
    for n in 424242, -3:
        got = list(itertools.islice(count(n), 4))
        for place, item in enumerate(got):
            checks.close(item, torch.tensor(n + place), "count")
        if len(got) != 4:
            raise checks.Mistake("count ends too soon")
""", """\
    checks.close(next(iter(count(7))), torch.tensor(7), "the first of count(7)", show=True)
"""),
}
QUESTIONS = list(ANSWERS)
# Words and numbers of the hidden parts, and what attacks carry them off with: none may stand in what a student gets to see.
SECRETS = ["31337", "271828", "424242", "HIDDEN", "looks_like", "checks.weights(seed", "torch.tanh(x * w)", "LEAKED"]

# Small, so that what runs into them does so soon; honest answers need a few milliseconds.
LIMITS = {"call": 1.0, "question": 3.0, "submission": 20.0, "memory": 700_000_000, "cpu": 20.0, "requests": 500,
          "traffic": 30_000_000, "message": 8_000_000, "folder": 4_000_000, "threads": 8, "files": 32, "output": 4_000}


@dataclass(frozen=True)
class Attack:
    """One hostile submission to the little exam.

    Attributes:
        name: unique in the bank.
        idea: in a sentence.
        answers: question -> the text of its answer cell, in place of the reference.
        earns: the questions whose points its answers are worth, as numbers: "234" for q2, q3 and q4.
        at_most: it may lose more than that, at its own risk.
        says: a pattern of what its cells print before the first test: that it ran, and what came of it.
        event: a pattern of what the instructor is told; "" if there is nothing to tell.
        extra: question -> cells that stand before its answer cell.
        after: question -> cells that stand behind its test.
        fails: its cells may end with an error of their own.
    """

    name: str
    idea: str
    answers: dict[str, str]
    earns: str = ""
    at_most: bool = False
    says: str = ""
    event: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)
    after: dict[str, list[str]] = field(default_factory=dict)
    fails: bool = False

    @property
    def worth(self) -> set[str]:
        return {f"09_q{number}" for number in self.earns}


def exam():
    cells = [("given", "given-imports", GIVEN)]
    for name, answer in ANSWERS.items():
        hidden, visible = (part.rstrip("\n") for part in TESTS[name])
        cells += [("answer", f"{name}_answer", answer), ("test", name, TEST.format(name, hidden, visible))]
    made = exam_of(cells, **LIMITS)
    notebook = json.loads(made.source)
    for place, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{place}"  # a chance identifier might hold the digits of a secret
    return replace(made, source=json.dumps(notebook))


def submission(source: str, answers=None, extra=None, after=None) -> bytes:
    """A notebook as a student would hand it in: the release of `source` with these answers and further cells."""
    notebook = nbformat.reads(source, as_version=4)
    cells = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        question = name.removesuffix("_answer")
        if name.endswith("_answer"):
            cells += own(extra, question, "before")
            cell.source = (answers or {}).get(question, cell.source)
        cell.source = re.sub(r" *### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n", "", cell.source, flags=re.DOTALL)
        cells.append(cell)
        if name == question:
            cells += own(after, question, "behind")
    notebook.cells = cells
    return nbformat.writes(notebook).encode()


def own(cells, question: str, where: str) -> list:
    texts = (cells or {}).get(question, [])
    return [nbformat.v4.new_code_cell(text, id=f"{where}-{question}-{place}") for place, text in enumerate(texts)]


def printed(graded) -> str:
    """What the cells printed, and the errors that ended them, as the student's page shows it; without the tests' own."""
    found = []
    for cell in json.loads(graded.notebook)["cells"]:
        if not cell["metadata"].get("nbgrader", {}).get("grade"):
            found += [output.get("text") or output.get("evalue") for output in cell.get("outputs", [])]
    return "\n".join(found)


def one(name: str, idea: str, source: str, earns: str = "234", **more) -> Attack:
    """An attack from the answer cell of the first question: what follows is right, unless the attack costs it."""
    return Attack(name, idea, {"09_q1": source if "double" in source else f"{WRONG['09_q1']}\n\n{source}"}, earns, **more)


def everywhere(name: str, idea: str, source: str, **more) -> Attack:
    """An attack with four wrong answers, and a cell before all of them that should make them pass."""
    return Attack(name, idea, WRONG, extra={"09_q1": [source]}, **more)
