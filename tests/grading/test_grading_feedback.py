"""A student's feedback page: what it says, and that nothing of the student's runs in it.

The pages in `golden/` are what the page must be, byte for byte, its style left out. To renew them after a change that is
meant: `SEQ2VIT_RENEW=1 python -m pytest tests/grading/test_grading_feedback.py`, then read the difference.
"""

import os
import random
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import little_course
import nbformat
import pytest
from browsing import deeds, flaws
from feedback_cases import CASES, DECEIT, EVIL, EVIL_MARKDOWN, SITE, TITLES, Strict, notebook, verdict
from nbformat.v4 import new_code_cell, new_output
from test_nbgrader import NO_TANH, answered, nbgrader

from seq2vit.grading import feedback, pages
from seq2vit.grading.course import Course
from seq2vit.grading.pages import inert
from seq2vit.grading.pages.student import Page, page
from seq2vit.grading.record import Record
from seq2vit.grading.verdict import Question, Verdict

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_as_it_was_looked_at(case):
    html = page(CASES[case])
    html = re.sub(r"(?<=<style>).*?(?=</style>)", "...", html, count=1, flags=re.DOTALL).replace(
        re.search("sha256-[^']+", html)[0], "...")
    file = GOLDEN / f"feedback_{case}.html"
    if os.environ.get("SEQ2VIT_RENEW"):
        file.write_text(html, encoding="utf-8")
    assert html == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_only_our_own_tags_come_out(case):
    html = page(CASES[case])
    assert Strict(html).found == []
    assert html.count("<style>") == html.count("<title>") == html.count("<h1>") == 1
    html.encode("utf-8")


def test_random_mixtures_come_out_clean():
    dice = random.Random(3)
    parts = [*re.findall(r"\W|\w+", " ".join([*EVIL, *EVIL_MARKDOWN])), *EVIL, *EVIL_MARKDOWN, *DECEIT, "\n", "\n\n", "    "]
    parts += ["> ", "- ", "1. ", "999999999. ", "`", "```", "$", "$$", "[", "](", "&#x3c;", "&lt;", "\\", "'''", '"""', "\x1b["]
    for _ in range(300):
        text = "".join(dice.choices(parts, k=60))
        assert Strict(f"<div>{inert.markdown(text)}</div><pre>{inert.code(text)}</pre>").found == [], text


def test_the_checker_sees_what_it_must_see():
    """The tests above prove something: the same texts unescaped are found out, one by one."""
    for text in EVIL:
        assert Strict(f"<div>{text}</div>").found, text
    assert Strict(f"<p>{DECEIT}</p>").found


def test_links_lead_to_the_web_or_nowhere():
    html = inert.markdown("\n\n".join(EVIL_MARKDOWN))
    assert set(re.findall(r'href="([^"]*)"', html)) == {
        "HTTPS://fine.example/?a=1&amp;b=2", "https://fine.example", "https://fine.example/%22onmouseover=window.pwned=1",
        "mailto:me@fine.example", "http://%5B", "https://empty.example"}
    assert html.count("<a ") == html.count('rel="noopener noreferrer nofollow"') == 6


def test_text_that_deceives_is_made_visible():
    assert inert.clean("a\u202eb\0c\ud800\r\nd\re\tf") == "a[U+202E]b[U+0000]c\N{REPLACEMENT CHARACTER}\nd\ne\tf"
    assert inert.clean("שלום، 日本語 é 👩‍🎓") == "שלום، 日本語 é 👩‍🎓"
    assert inert.terminal("\x1b[1;31mred\x1b[0m\n 10 %\r 50 %\r100 %\r\n\x1b]0;title\x07done\r") == "red\n100 %\ndone"


def test_long_texts_are_cut_and_say_so():
    assert inert.cut("a" * 75 + "x" * 900 + "b" * 25, 100) == f"{'a' * 75}\n[... 900 characters are not shown ...]\n{'b' * 25}"
    added = [new_code_cell(f"x = {i}\n" + "#" * 15_000, outputs=[new_output("stream", text="y" * 10**6)]) for i in range(40)]
    html = page(Page(verdict("", ""), "little.ipynb", notebook(added=added)))
    assert len(html) < 400_000 and "more cells are not shown" in html
    assert inert.markdown(f"![x](data:image/png;base64,{'iVBORw0KGgo' * 99})") == "<p>![x](data:image/png;base64,...)</p>\n"
    html = page(Page(verdict("", "", restored=["a cell was twice there"] * 1000), "little.ipynb", notebook()))
    assert html.count("a cell was twice there") == 50 and "950 more" in html


def test_texts_made_to_keep_a_parser_busy_do_not():
    began = time.process_time()
    for part in ("[", "![", "*a_ ", "<", ">", "``a", "[a](b", "|a", "- ", "$a", "&#", "\\", "<!--", "[a]: b\n", "(", "'", "@", "1_",
                 'f"{a!r:', "0x", "\t", "\n", "import a.", '"""\\'):
        inert.markdown(part * 20_000)
        inert.code(part * 20_000)
        inert.terminal(f"\x1b]{part}" * 20_000)
    assert time.process_time() - began < 30  # about 5 seconds


def test_what_a_test_cell_printed_is_not_shown():
    html = page(CASES["right"])
    assert "printed in a hidden test" not in html
    assert "two\n 100 %" in html  # what an answer printed is, as a terminal shows it


def test_a_failed_grading_shows_no_inside():
    html = page(Page(verdict(kind="failed", reason="KeyError in /srv/course/engine"), "little.ipynb"))
    assert "Not graded yet" in html and "KeyError" not in html


def test_points_given_by_hand_comments_and_lateness():
    entered = {"01_q1": (2.5, "Nearly: see my note."), "01_essay": (3.0, "Well written.\nTwo lines."), "01_q2": (None, "Neat.")}
    html = page(Page(verdict("no", ""), "little.ipynb", notebook(), TITLES, by_hand={"01_essay": 4.0, "01_talk": 1.0},
                     manual=entered, late_penalty=0.75))
    assert '<p class="total">6.75 <small>of 10 points</small></p>' in html
    assert "(the tests gave 0)" in html and "2.5 of 3" in html and "−0.75" in html
    assert "not graded yet</td>" in re.sub(r"\s+<", "<", html)
    assert [text in html for text in ("Nearly: see my note.", "Well written.\nTwo lines.", "Neat.")] == [True] * 3
    assert "1 of 2 questions passed all tests." in html
    assert '<p class="total">0 <small>' in page(Page(verdict("no", "no"), "little.ipynb", late_penalty=3))


def test_a_misconception_is_named_with_and_without_a_site():
    with_site, without = page(CASES["misconception"]), page(replace(CASES["misconception"], site_url=""))
    assert f'<a href="{SITE}chapters/01_little.html#no-plus" rel="noopener noreferrer">Nothing is added</a>' in with_site
    assert "Nothing is added (see “What goes wrong” in chapter 1: <code>01-no-plus</code>)" in without
    assert "did you add 1?</p>" in with_site  # the label is not said twice


def test_links_into_the_chapter_lead_somewhere():
    """The anchors are those that docutils makes of the chapter's labels, and each has a name there."""
    from docutils.nodes import make_id

    chapter = (ROOT / "chapters" / "01_seq2seq.md").read_text()
    names = pages.misconceptions(chapter)
    assert set(names) == set(re.findall(r"\[(01-[a-z-]+)\]`", chapter))
    for slug in names:
        assert pages.explanation(slug, "01_seq2seq", SITE).endswith(f"/course/chapters/01_seq2seq.html#{make_id(slug)}")
    assert pages.explanation("javascript:x", "01_seq2seq", SITE) == ""
    assert pages.misconception("01-padded-end-state", "01_seq2seq", {})["name"] == "padded end state"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "example.org", "https://a.b/' onclick='x", "https://a b"])
def test_what_is_no_address_of_a_site_is_refused(address):
    with pytest.raises(ValueError, match="is no web address"):
        pages.web_address(address)


def instructors():
    return nbformat.read(ROOT / "solutions" / "01_seq2seq" / "seq2seq.ipynb", as_version=4)


def chapter_1(rebuilt):
    source = instructors()
    questions = [Question(cell.metadata.nbgrader.grade_id, 1.0, 1.0, True) for cell in source.cells
                 if cell.metadata.get("nbgrader", {}).get("grade")]
    done = Verdict("ada", "01_seq2seq", "graded", "", 7.0, 7.0, questions, [], 0.1)
    return page(Page(done, "seq2seq.ipynb", nbformat.writes(rebuilt), pages.titles(source)))


def test_chapter_1_is_light():
    html = chapter_1(answered({"01_q6": NO_TANH}))
    assert len(html.encode()) < 150_000
    assert Strict(html).found == []
    assert html.count("Your answer to") == 7 and "01_q5</code></a> Writing: sample, feed back, until [STOP]" in html


def test_hidden_tests_are_never_shown():
    """Not even if the rebuilt notebook held them."""
    release = {line for cell in answered().cells for line in cell.source.splitlines()}
    hidden = {line for cell in instructors().cells if cell.metadata.get("nbgrader", {}).get("grade")
              for line in cell.source.splitlines() if line not in release and len(line.strip()) > 20}
    assert len(hidden) > 100
    text = re.sub("<.*?>", "", chapter_1(instructors()))
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    assert "W_s(s)[:, None]" in text  # what is not hidden is there, so the next line looks at the right text
    assert [line for line in hidden if line in text] == []
    assert text.count("This cell is not shown") == 7


# The reader: from a graded course to nbgrader's place for feedback.


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with recorded verdicts, and what a person entered in the gradebook."""
    root = little_course.make(tmp_path_factory.mktemp("course"), config='c.Seq2vit.site_url = "https://example.org"\n')
    (root / "chapters").mkdir()
    (root / "chapters" / f"{little_course.ASSIGNMENT}.md").write_text("(01-no-plus)=\n**No `plus`** `[01-no-plus]`. Text.\n")
    with Record(root) as record:
        for student, verdict in {"ann": "graded", "bob": "graded", "eve": "refused", "fay": "failed"}.items():
            reason = "" if verdict == "graded" else "a reason"
            # nbgrader's exchange leaves these two beside the notebook
            place = root / "submitted" / student / little_course.ASSIGNMENT
            place.mkdir(parents=True)
            (place / "timestamp.txt").write_text("2030-01-01 12:00:00 UTC\n")
            (place / "submission_secret.txt").write_text(f"secret of {student}")
            record.write(little_course.graded(student, q1=0 if student == "bob" else 3, verdict=verdict, reason=reason))
    entered = {"grade": {"01_q1": "manual_score = 1.5", "01_why": "manual_score = 3, extra_credit = 0.5"},
               "comment": {"01_q1_answer": "manual_comment = 'Half right.'", "01_why": "manual_comment = 'Good.'"}}
    for table, changes in entered.items():
        for cell, change in changes.items():
            little_course.sql(root, f"""update {table} set {change} where id = (select t.id from {table} t
                join base_cell cell on cell.id = t.cell_id join submitted_notebook n on n.id = t.notebook_id
                join submitted_assignment a on a.id = n.assignment_id where a.student_id = 'bob' and cell.name = ?)""", cell)
    little_course.sql(root, """update submitted_notebook set late_submission_penalty = 0.25 where assignment_id in
        (select id from submitted_assignment where student_id = 'bob')""")
    return root


def place(root, student):
    return root / "feedback" / student / little_course.ASSIGNMENT / "little.html"


def test_pages_lie_where_nbgrader_hands_them_back_from(course):
    written = feedback.write_feedback(Course(course), little_course.ASSIGNMENT)
    assert written == [*(place(course, student) for student in ("ann", "bob", "eve", "fay")),
                       course / ".seq2vit" / little_course.ASSIGNMENT / "feedback.html"]
    assert {oct(path.stat().st_mode)[-3:] for path in written} == {"644"}
    index = written[-1].read_text()
    assert [(written[-1].parent / href).resolve() for href in re.findall('<a href="(.*?)"', index)] == written[:-1]
    (course / "exchange").mkdir()
    (course / "exchange").chmod(0o777)
    nbgrader(course, "release_feedback", little_course.ASSIGNMENT)
    from nbgrader.utils import notebook_hash

    for student in ("ann", "bob", "eve", "fay"):
        name = notebook_hash(secret=f"secret of {student}", notebook_id="little")
        returned = course / "exchange" / "little" / "feedback" / f"{name}.html"
        assert returned.read_text() == place(course, student).read_text()


def test_the_page_has_what_the_gradebook_and_the_chapter_have(course):
    feedback.write_feedback(Course(course), little_course.ASSIGNMENT, ["bob"])
    html = place(course, "bob").read_text()
    assert '<p class="total">6.75 <small>of 15 points</small></p>' in html  # 1.5 + 2 + 3.5 by hand - 0.25
    assert "Half right." in html and "Good." in html and "3.5 of 4" in html
    assert '<a href="https://example.org/chapters/01_little.html#no-plus" rel="noopener noreferrer">No plus</a>' in html
    assert "secret" not in html.replace("secret of", "") and "x + 1" not in html.split("Your notebook")[0]


def test_who_was_refused_or_failed_has_a_page_without_questions(course):
    feedback.write_feedback(Course(course), little_course.ASSIGNMENT)
    refused, failed = place(course, "eve").read_text(), place(course, "fay").read_text()
    assert "could not be graded:</strong> a reason" in refused and "What to do next" in refused
    assert "Not graded yet" in failed and "a reason" not in failed
    assert "<table" not in refused + failed and "Your notebook</h2>" not in refused + failed


def test_only_the_students_asked_for(course):
    place(course, "ann").unlink(missing_ok=True)
    written = feedback.write_feedback(Course(course), little_course.ASSIGNMENT, ["bob"], site_url="")
    assert written[:-1] == [place(course, "bob")]
    assert not place(course, "ann").exists()
    assert "example.org" not in place(course, "bob").read_text()


def test_who_was_not_graded_is_said(course, tmp_path):
    with pytest.raises(ValueError, match="no work of zoe for 01_little has been graded: run `seq2vit grade 01_little` first"):
        feedback.write_feedback(Course(course), little_course.ASSIGNMENT, ["ann", "zoe"])
    with pytest.raises(ValueError, match="nothing has been graded in .*: run `seq2vit grade` first"):
        feedback.write_feedback(Course(little_course.make(tmp_path)), little_course.ASSIGNMENT)


def test_what_a_student_put_beside_the_notebook_is_not_followed(course, tmp_path):
    beside = course / "submitted" / "ann" / little_course.ASSIGNMENT
    shutil.copytree(beside, tmp_path / "kept")
    (tmp_path / "private").write_text("the instructor's")
    (beside / "timestamp.txt").unlink()
    (beside / "timestamp.txt").symlink_to(tmp_path / "private")
    (beside / "submission_secret.txt").unlink()
    os.mkfifo(beside / "submission_secret.txt")
    for receipt in feedback.RECEIPTS:
        (place(course, "ann").parent / receipt).unlink(missing_ok=True)
    feedback.write_feedback(Course(course), little_course.ASSIGNMENT, ["ann"])
    assert os.listdir(place(course, "ann").parent) == ["little.html"]
    for receipt in feedback.RECEIPTS:
        (beside / receipt).unlink()
        shutil.copy(tmp_path / "kept" / receipt, beside)


def test_a_notebook_that_was_spoilt_after_grading_stops_nothing():
    for text in ("{", "[]", '{"cells": 3}', '{"cells": [3, {}, {"source": 3, "metadata": null, "outputs": [{}]}]}'):
        assert "Feedback on" in page(Page(verdict("", ""), "little.ipynb", text))


# In a browser.


@pytest.mark.parametrize("policy", [True, False], ids=["as it is", "without its policy"])
def test_a_hostile_page_does_nothing(browser, tmp_path, policy):
    """The policy in the page is a second wall: the first holds without it."""
    (tmp_path / "page.html").write_text(page(CASES["hostile"]))
    assert deeds(browser, tmp_path / "page.html", bypass_csp=not policy) == []


def test_the_browser_would_have_seen_it(browser, tmp_path):
    """The same texts as they stand do run, so the test above looks in the right place."""
    found = []
    for number, text in enumerate(EVIL):
        (tmp_path / f"{number}.html").write_text(f"<!doctype html><title>x</title><body><div>{text}</div>")
        found.append(deeds(browser, tmp_path / f"{number}.html"))
    assert sum(map(bool, found)) >= 14, [text for text, deed in zip(EVIL, found, strict=True) if not deed]
    assert any("its script ran" in deed for deed in found) and any("links lead elsewhere" in deed for deed in found)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("case", ["misconception", "refused", "hostile"])
def test_accessible_and_no_wider_than_the_screen(browser, tmp_path, case, scheme, width):
    (tmp_path / "page.html").write_text(page(CASES[case]))
    assert flaws(browser, tmp_path / "page.html", scheme, width) == []
