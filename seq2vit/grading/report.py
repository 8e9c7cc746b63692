"""The instructor's page about a graded assignment: how it went, what was hard, which mistakes were made, who did what."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from seq2vit import __version__
from seq2vit.grading import pages
from seq2vit.grading.pages import plots
from seq2vit.grading.verdict import Graded, Question, Verdict

if TYPE_CHECKING:
    from seq2vit.grading.course import Course

ROWS = 200  # of a list; the page says how many more there are
BARS = 20  # of a histogram, about


@dataclass(frozen=True)
class Report:
    """What the page shows, as plain data.

    Attributes:
        made: when, in words.
        titles: the heading of each question.
        misconceptions: the name of each slug, where the chapter was found.
        site_url: the address of the course's site, or "".
        unsafe: were submissions graded without the sandbox?
    """

    assignment: str
    graded: Sequence[Graded]
    made: str
    titles: Mapping[str, str] = field(default_factory=dict)
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    site_url: str = ""
    unsafe: bool = False


def page(of: Report) -> str:
    """The HTML of the instructor's page: one file that runs nothing and fetches nothing."""
    verdicts = [graded.verdict for graded in of.graded]
    counts = Counter(verdict.verdict for verdict in verdicts)
    done = [verdict for verdict in verdicts if verdict.verdict == "graded"]
    lost = sorted((verdict for verdict in verdicts if verdict.verdict != "graded"),
                  key=lambda verdict: (verdict.verdict, verdict.student))  # "failed" first: the instructor must act
    events = _events(of.graded)
    return pages.render(
        "report.html", assignment=of.assignment, made=of.made, version=__version__, unsafe=of.unsafe, counts=counts,
        total=len(verdicts), scores=_scores(done), questions=_questions(of, done), mistakes=_mistakes(of, done),
        unnamed=sum(not question.passed and not question.misconception for question in _all(done)),
        seconds=_seconds(verdicts), lost=lost[:ROWS], lost_more=max(0, len(lost) - ROWS),
        events=events[:ROWS], events_all=len(events), events_more=max(0, len(events) - ROWS),
        who=len({student for student, _, _ in events}),
        frequent=Counter((kind, what) for _, kind, what in events).most_common(BARS))


def _all(verdicts: Sequence[Verdict]) -> list[Question]:
    return [question for verdict in verdicts for question in verdict.questions]


def _scores(done: Sequence[Verdict]) -> dict[str, Any] | None:
    if not done:
        return None
    scores, most = [verdict.score for verdict in done], max(verdict.max_score for verdict in done)
    step = 1 if most <= 1.5 * BARS else math.ceil(most / BARS)
    edges = [step * i for i in range(int(max(most, *scores, 0) // step) + 2)]
    bins = _histogram(scores, edges)
    whole = step == 1 and all(score == int(score) for score in scores)
    middle = {"mean": round(mean(scores), 1), "median": median(scores), "max": most,
              "full": sum(score >= most for score in scores)}
    says = (f"Histogram of the scores of {pages.plural(len(done), 'submission')}, from {pages.points(min(scores))} to "
            f"{pages.points(max(scores))} of {pages.points(most)} points, with the median {pages.points(median(scores))}. "
            "The table below has the numbers.")
    labels = [str(left) if whole else f"{left} to under {left + step}" for left in edges[:-1]]
    return middle | {"plot": plots.columns("scores", says, edges, bins, "points", "submissions", whole),
                     "rows": list(zip(labels, bins, strict=True))}


def _histogram(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    counts = [0] * (len(edges) - 1)
    width = edges[1] - edges[0]
    for value in values:
        counts[min(int((value - edges[0]) / width + 1e-9), len(counts) - 1)] += 1
    return counts


def _questions(of: Report, done: Sequence[Verdict]) -> dict[str, Any] | None:
    """Each question with the share of its points that was earned, the hardest first."""
    found: dict[str, list[Question]] = {}
    for question in _all(done):
        found.setdefault(question.id, []).append(question)
    if not found:
        return None
    rows = [{"id": name, "title": of.titles.get(name, ""), "tried": len(each), "passed": sum(q.passed for q in each),
             "share": sum(q.points for q in each) / (sum(q.max_points for q in each) or 1)} for name, each in found.items()]
    rows.sort(key=lambda row: (row["share"], row["id"]))
    says = "Share of the points earned, by question: " + ", ".join(f"{row['id']} {row['share']:.0%}" for row in rows) + "."
    return {"rows": rows, "plot": plots.shares("questions", says, [row["id"] for row in rows],
                                               [row["share"] for row in rows], "% of the points, mean")}


def _mistakes(of: Report, done: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Each misconception that was recognised, the most frequent first."""
    failed = Counter(question.id for question in _all(done) if not question.passed)
    named = Counter((question.misconception, question.id) for question in _all(done)
                    if question.misconception and not question.passed)
    return [{"known": pages.misconception(slug, of.assignment, of.misconceptions, of.site_url), "question": name,
             "count": count, "failed": failed[name], "share": count / failed[name]}
            for (slug, name), count in sorted(named.items(), key=lambda item: (-item[1], item[0]))]


def _seconds(verdicts: Sequence[Verdict]) -> dict[str, Any] | None:
    if not verdicts:
        return None
    took = [verdict.seconds for verdict in verdicts]
    slowest = max(verdicts, key=lambda verdict: verdict.seconds)
    edges = _even(max(took))
    says = (f"Histogram of the seconds that a submission took, with the median {median(took):.2f} and the longest "
            f"{max(took):.2f}. The table below has the numbers.")
    bins = _histogram(took, edges)
    labels = [f"{left:g} to under {right:g}" for left, right in zip(edges, edges[1:], strict=False)]
    return {"total": sum(took), "median": median(took), "slowest": slowest,
            "plot": plots.columns("seconds", says, edges, bins, "seconds", "submissions"),
            "rows": list(zip(labels, bins, strict=True))}


def _even(largest: float) -> list[float]:
    """Edges from 0 beyond `largest`, 1, 2 or 5 times a power of ten apart."""
    power = 10.0 ** math.floor(math.log10(max(largest, 0.05) / BARS))
    step = next(power * i for i in (1, 2, 5, 10) if largest / (power * i) < BARS)
    return [round(step * i, 6) for i in range(int(largest / step + 1e-9) + 2)]


def _events(graded: Sequence[Graded]) -> list[tuple[str, str, str]]:
    """(student, kind, what happened): first what an answer tried and was denied, then what was restored."""
    denied = [(each.verdict.student, "denied or stopped", event) for each in graded for event in each.events]
    restored = [(each.verdict.student, "restored", sentence) for each in graded for sentence in each.verdict.restored]
    return sorted(denied) + sorted(restored)


def write_report(course: "Course", assignment: str, *, unsafe: bool = False, site_url: str | None = None,
                 now: datetime | None = None) -> Path:
    """Write the page beside the verdicts of the assignment; returns its path.

    Args:
        unsafe: say in a big notice that submissions were graded without the sandbox.
        site_url: as in `feedback.write_feedback`.
        now: when the page is made; by default now.

    Raises:
        ValueError: no such assignment.
    """
    import json

    from seq2vit.grading import feedback
    from seq2vit.grading.record import Record

    exam = course.exam(assignment)
    verdicts = Record(course).verdicts(assignment)
    made = (now or datetime.now(UTC)).astimezone(UTC)
    html = page(Report(assignment, verdicts, f"{made:%Y-%m-%d %H:%M} UTC",
                       pages.titles(json.loads(exam.source)), feedback.chapter_names(course, assignment),
                       feedback.site_address(course, site_url), unsafe or any(graded.unsafe for graded in verdicts)))
    path = course.verdicts(assignment) / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    feedback.write_whole(path, html.encode(), 0o644)
    return path
