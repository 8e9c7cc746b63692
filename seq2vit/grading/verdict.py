"""What grading takes and gives, as plain data that travels between processes and machines."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Sizes in bytes, times in seconds of wall time unless said otherwise."""

    notebook: int = 20_000_000  # a submitted file
    memory: int = 2_000_000_000  # of the answers' process, beyond what it shares with its warm parent
    folder: int = 64_000_000  # of its private folder, which lies in memory
    call: float = 10.0  # one call of an answer
    question: float = 30.0  # all calls of one test cell, and the test itself
    submission: float = 180.0  # everything
    cpu: float = 120.0  # processor time of the answers' process
    requests: int = 20_000  # calls in both directions
    traffic: int = 512_000_000  # bytes over the wire in one direction
    message: int = 64_000_000  # one message
    threads: int = 32
    files: int = 64  # open at once
    output: int = 20_000  # characters kept of what a cell prints


@dataclass(frozen=True)
class Exam:
    """All that grading an assignment needs. It holds the hidden tests: never send it to a process that runs answers.

    Attributes:
        assignment: such as "01_seq2seq".
        name: the notebook's file name, such as "seq2seq.ipynb".
        source: the instructor's notebook as JSON text, with solutions and hidden tests.
    """

    assignment: str
    name: str
    source: str
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Question:
    """A question's result. `message` holds the instructor's words only: nothing that an answer printed, raised or
    returned, so that nothing of a hidden test can travel in it. `misconception` is a slug such as "01-no-tanh" or None."""

    id: str
    points: float
    max_points: float
    passed: bool
    message: str = ""
    misconception: str | None = None


@dataclass(frozen=True)
class Verdict:
    """One submission's result: exactly one is written for each submission.

    Attributes:
        verdict: "graded"; "refused" (what was handed in is not something that can be graded: no points, and a reason);
            or "failed" (the engine could not grade it: no points are recorded, and the instructor must act).
        reason: one line for "refused" and "failed", empty for "graded".
        restored: a sentence for each thing in the notebook that did not count: a changed test cell, a moved one, ...
        seconds: wall time.
    """

    student: str
    assignment: str
    verdict: str
    reason: str
    score: float
    max_score: float
    questions: list[Question]
    restored: list[str]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Verdict":
        return cls(**data | {"questions": [Question(**question) for question in data["questions"]]})


@dataclass(frozen=True)
class Graded:
    """A verdict and the notebook that belongs to it.

    Attributes:
        notebook: the rebuilt notebook as JSON text, for nbgrader's `autograded/` tree, with outputs in it; "" unless the
            verdict is "graded".
        events: what an answer tried and was denied or stopped for (one line each, for the instructor).
        timings: seconds by stage, for the benchmark.
        unsafe: it was graded without the sandbox.
    """

    verdict: Verdict
    notebook: str = ""
    events: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    unsafe: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Graded":
        return cls(**data | {"verdict": Verdict.from_json(data["verdict"])})
