"""The instructor's report: its numbers, what it does with odd cohorts, and how it looks in a browser."""

import html
import random
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from statistics import mean, median
from xml.etree import ElementTree

import little_course
import pytest
from browsing import deeds, flaws
from feedback_cases import DECEIT, EVIL, Strict

from seq2vit.grading import report
from seq2vit.grading.course import Course
from seq2vit.grading.pages import plots
from seq2vit.grading.record import Record
from seq2vit.grading.report import Report, page
from seq2vit.grading.verdict import Graded, Question, Verdict

POINTS = {"01_q1": 3.0, "01_q2": 2.0, "01_q3": 5.0}
SLUGS = {"01_q1": "01-no-tanh", "01_q2": "01-not-shifted"}
TITLES = {"01_q1": "The encoder", "01_q2": "Teacher forcing", "01_q3": "Writing & reading"}
CHANGED = "the test cell 01_q3 was changed; the instructor's was used"


def cohort(size, seed=0):
    """Submissions as a class hands them in: most are graded, some are refused, one in fifty fails."""
    dice = random.Random(seed)
    return [submission(f"s{number:04}", dice) for number in range(size)]


def submission(student, dice):
    luck, seconds = dice.random(), round(dice.lognormvariate(-2, 0.4), 4)
    if luck < 0.06:
        verdict, reason = ("failed", "the warm process ended") if luck < 0.02 else ("refused", "the file is not JSON")
        return Graded(Verdict(student, "01_seq2seq", verdict, reason, 0.0, 10.0, [], [], seconds))
    questions = []
    for name, points in POINTS.items():
        passed = dice.random() < {"01_q1": 0.9, "01_q2": 0.7, "01_q3": 0.4}[name]
        slug = SLUGS.get(name) if not passed and dice.random() < 0.6 else None
        questions.append(Question(name, points if passed else 0.0, points, passed, "" if passed else "no", slug))
    restored = [CHANGED] if dice.random() < 0.1 else []
    events = ["the answer tried to open a socket: denied"] if dice.random() < 0.05 else []
    score = sum(question.points for question in questions)
    return Graded(Verdict(student, "01_seq2seq", "graded", "", score, 10.0, questions, restored, seconds), "", events)


def of(graded, **changes):
    names = {"01-no-tanh": "The score has no `tanh`"}
    return replace(Report("01_seq2seq", graded, "2030-01-01 12:00 UTC", TITLES, names), **changes)


def cells(text):
    """The words between the tags of each of a table's rows."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    found = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(html.unescape(re.sub("<.*?>", " ", cell)).split()) for cell in row] for row in found]


def table(text, caption):
    """The rows of the table with this caption, its head left out, each cell as one string."""
    body = re.search(rf"<caption>{re.escape(caption)}.*?<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    return cells(body)


@pytest.mark.parametrize("size", [1, 60, 1000])
def test_the_numbers_are_those_of_the_cohort(size):
    graded = cohort(size)
    text = page(of(graded))
    done = [each.verdict for each in graded if each.verdict.verdict == "graded"]
    scores = [verdict.score for verdict in done]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))
    assert facts == {
        "Graded": str(len(done)), "Refused": str(sum(each.verdict.verdict == "refused" for each in graded)),
        "Failed": str(sum(each.verdict.verdict == "failed" for each in graded)),
        "Mean": f"{round(mean(scores), 1):g} <small>of 10</small>", "Median": f"{median(scores):g} <small>of 10</small>",
        "Full points": str(scores.count(10))}
    histogram = dict(table(text, "Submissions by score"))
    assert histogram == {str(points): str(scores.count(points)) for points in range(11)}
    seconds = [int(count) for _, count in table(text, "Submissions by seconds")]
    assert sum(seconds) == size and len(seconds) <= report.BARS + 1 and seconds[-1] > 0


def test_the_hardest_question_comes_first_and_the_most_frequent_mistake_too():
    graded = cohort(200)
    text = page(of(graded, site_url="https://example.org"))
    by_name = {name: [q for each in graded for q in each.verdict.questions if q.id == name] for name in POINTS}
    shares = {name: sum(q.passed for q in found) / len(found) for name, found in by_name.items()}
    expected = [[f"{name} {TITLES[name]}", f"{sum(q.passed for q in by_name[name])} of {len(by_name[name])}",
                 f"{100 * shares[name]:.0f} %"] for name in sorted(POINTS, key=shares.get)]
    assert table(text, "Questions, the hardest first") == expected
    named = {name: sum(q.misconception == slug for q in by_name[name]) for name, slug in SLUGS.items()}
    failed = {name: sum(not q.passed for q in by_name[name]) for name in POINTS}
    said = {"01_q1": "The score has no tanh [01-no-tanh]", "01_q2": "not shifted [01-not-shifted]"}
    assert table(text, "Known mistakes that the tests recognised") == [
        [said[name], name, f"{named[name]} of {failed[name]} {100 * named[name] / failed[name]:.0f} %"]
        for name in sorted(named, key=named.get, reverse=True)]
    assert f"{sum(failed.values()) - sum(named.values())} further answers failed for another reason" in text
    assert 'href="https://example.org/chapters/01_seq2seq.html#no-tanh"' in text


def test_points_count_not_only_passes():
    half = Verdict("ann", "01_seq2seq", "graded", "", 2.5, 5.0, [Question("01_q3", 2.5, 5.0, False, "half")], [], 0.1)
    text = page(of([Graded(half)]))
    assert table(text, "Questions, the hardest first") == [["01_q3 Writing & reading", "0 of 1", "50 %"]]
    assert ["2 to under 3", "1"] in table(text, "Submissions by score")


def test_who_did_what_is_listed():
    fork = "it tried to fork: denied"
    lost = [Graded(Verdict("bob", "01_seq2seq", "refused", "a link, not a file", 0, 10, [], [], 0.1)),
            Graded(Verdict("cem", "01_seq2seq", "failed", "no memory", 0, 10, [], [], 0.1))]
    done = [Graded(Verdict(name, "01_seq2seq", "graded", "", 0, 10, [], [CHANGED], 0.1)) for name in ("dan", "eve")]
    text = page(of([*lost, replace(done[0], events=[fork]), done[1]]))
    assert table(text, "What happened most often") == [["restored", CHANGED, "2"], ["denied or stopped", fork, "1"]]
    rows = [row for row in cells(text) if row[0] in ("bob", "cem", "dan", "eve")]
    assert rows == [["cem", "failed", "no memory"], ["bob", "refused", "a link, not a file"],
                    ["dan", "denied or stopped", fork],
                    ["dan", "restored", CHANGED], ["eve", "restored", CHANGED]]
    assert "3 events in 2 submissions" in text


def test_an_empty_cohort_has_a_page():
    text = page(of([]))
    assert "Nothing has been graded yet: run <code>seq2vit grade 01_seq2seq</code>." in text
    assert "<svg" not in text and "<table" not in text


def test_a_cohort_that_was_all_refused_has_one_too():
    lost = [Graded(Verdict(f"s{i}", "01_seq2seq", "refused", "empty", 0, 10, [], [], 0.0)) for i in range(3)]
    text = page(of(lost))
    assert "Mean" not in text and text.count("<td>empty</td>") == 3


def test_long_lists_stay_usable():
    lost = [Graded(Verdict(f"r{i:04}", "01_seq2seq", "refused", "empty", 0, 10, [], [], 0.1)) for i in range(300)]
    eager = [Graded(Verdict(f"e{i:04}", "01_seq2seq", "graded", "", 0, 10, [], [CHANGED] * 3, 0.1)) for i in range(700)]
    text = page(of(lost + eager))
    assert text.count("<td>empty</td>") == report.ROWS and "100 more rows not shown" in text
    assert text.count('<th scope="row"><bdi>e') == report.ROWS and "1,900 more rows not shown" in text
    assert re.search(r"<details>\s*<summary>300 submissions", text)  # folded
    assert len(text) < 150_000


def test_unsafe_is_said_and_only_then():
    assert "Graded with <code>--unsafe</code>." in page(of(cohort(3), unsafe=True))
    assert "--unsafe" not in page(of(cohort(3)))


def evil():
    """Names and reasons from people who want to be run."""
    first = [Graded(Verdict(f"{text}{DECEIT}", "01_seq2seq", "refused", text, 0, 10, [], [], 9.0)) for text in EVIL]
    names = [Graded(Verdict(text, "01_seq2seq", "graded", "", 1.0, 10.0, [Question("01_q1", 1, 3, False, text, "01-no-tanh")],
                            [text], 0.1), events=[text + DECEIT]) for text in EVIL]
    return of(first + names, titles={"01_q1": EVIL[0]}, misconceptions={"01-no-tanh": EVIL[2]}, made=EVIL[3])


SVG = {"svg": {"viewbox", "version", "role", "aria-label"}, "g": {"id"}, "defs": set(), "clippath": {"id"},
       "rect": {"x", "y", "width", "height"}, "use": {"href", "x", "y", "fill", "stroke", "stroke-width"},
       "path": {"id", "d", "clip-path", "fill", "stroke", "stroke-width", "stroke-linejoin", "stroke-linecap"},
       "text": {"x", "y", "transform", "font-size", "text-anchor", "fill"}}


REPORT = {"figure": set(), "dl": {"class"}, "dt": set(), "dd": set(), "details": {"open"}}


def test_nothing_that_a_student_wrote_becomes_html():
    for each in (evil(), of(cohort(200), unsafe=True)):
        assert Strict(page(each), SVG | REPORT).found == []


def test_the_plots_are_the_same_on_every_run_and_say_what_they_show():
    graded = cohort(40)
    assert page(of(graded)) == page(of(cohort(40)))
    drawn = re.findall(r"<svg.*?</svg>", page(of(graded)), re.DOTALL)
    ids = [name for svg in drawn for name in re.findall(r'\bid="(.*?)"', svg)]
    assert len(drawn) == 3 and len(ids) == len(set(ids))
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        assert len(root.get("aria-label").split()) > 8 and "style" not in svg and "metadata" not in svg
        for reference in re.findall(r'href="#(.*?)"|url\(#(.*?)\)', svg):
            assert "".join(reference) in ids


def test_a_bar_stands_for_each_number():
    svg = str(plots.columns("x", "words", [0, 1, 2, 3], [4, 0, 2], "points", "submissions", whole=True))
    heights = []
    for outline in re.findall(r'<path d="(.*?)" clip-path', svg):
        corners = [float(y) for y in re.findall(r"[ML] [\d.]+ ([\d.]+)", outline)]
        heights.append(max(corners) - min(corners))
    assert heights == pytest.approx([heights[0], 0, heights[0] / 2]) and heights[0] > 50
    svg = str(plots.shares("x", "words", ["a $b$", "<c>"], [0.25, 1.0], "%"))
    assert re.findall(r">([^<>]*)</text>", svg)[-4:] == ["a $b$", "&lt;c&gt;", "25 %", "100 %"]


@pytest.mark.parametrize(("largest", "step"), [(0.0, 0.001), (0.26, 0.02), (1.0, 0.1), (19.9, 1), (20.0, 2), (3600.0, 200)])
def test_seconds_are_cut_in_even_pieces(largest, step):
    edges = report._even(largest)
    assert edges[0] == 0 and edges[-2] <= largest < edges[-1]
    assert [right - left for left, right in zip(edges, edges[1:], strict=False)] == pytest.approx([step] * (len(edges) - 1))


def test_the_page_lies_beside_the_verdicts(tmp_path):
    root = little_course.make(tmp_path)
    with Record(root) as record:
        record.write(little_course.graded("ann"))
        record.write(little_course.graded("bob", q1=0))
        record.write(little_course.graded("eve", verdict="refused", reason="empty"))
    noon = datetime(2030, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    path = report.write_report(Course(root), little_course.ASSIGNMENT, site_url="https://example.org/", now=noon)
    assert path == root / ".seq2vit" / little_course.ASSIGNMENT / "report.html"
    text = path.read_text()
    assert "3 submissions · made 2030-01-01 12:00 UTC" in text
    assert 'href="https://example.org/chapters/01_little.html#no-plus"' in text and "tried to open a socket" in text
    assert [graded.verdict.student for graded in Record(root).verdicts(little_course.ASSIGNMENT)] == ["ann", "bob", "eve"]
    assert "--unsafe" in report.write_report(Course(root), little_course.ASSIGNMENT, unsafe=True).read_text()
    with pytest.raises(ValueError, match="no assignment '01_other'"):
        report.write_report(Course(root), "01_other")


def test_a_hostile_cohort_does_nothing(browser, tmp_path):
    (tmp_path / "page.html").write_text(page(evil()))
    assert deeds(browser, tmp_path / "page.html") == []
    assert deeds(browser, tmp_path / "page.html", bypass_csp=True) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_and_no_wider_than_the_screen(browser, tmp_path, scheme, width):
    for number, each in enumerate([of([]), of(cohort(150), unsafe=True, site_url="https://example.org"), evil()]):
        (tmp_path / f"{number}.html").write_text(page(each))
        assert flaws(browser, tmp_path / f"{number}.html", scheme, width) == []
