"""A little course with every kind of graded cell, and submissions to it: what the tests of the record share."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from seq2vit.grading.verdict import Graded, Question, Verdict

ASSIGNMENT, NAME = "01_little", "little.ipynb"
DUE = datetime(2030, 1, 1, 12)

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "little"
c.CourseDirectory.source_directory = "mine"
c.CourseDirectory.release_directory = "theirs"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.AssignLatePenalties.plugin_class = "late_by_hours.Hours"
c.Exchange.root = "exchange"
"""
PLUGIN = """
from nbgrader.plugins import BasePlugin

class Hours(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""
PLUS_ONE = "def one(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"
TWICE = "def two(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
WHY = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"


def mark(name, points=None, **kind):
    """nbgrader's metadata of a cell."""
    marks = {"grade": False, "solution": False, "locked": False, "task": False, "grade_id": name, "schema_version": 3}
    return {"nbgrader": marks | kind | ({} if points is None else {"points": points})}


def tests(name, points):
    return mark(name, points, grade=True, locked=True)


def source():
    """The instructor's notebook: two tested answers, one in words, one that is code graded by a person, and a task."""
    cells = [
        new_markdown_cell("# A little assignment"),
        new_code_cell(PLUS_ONE, metadata=mark("01_q1_answer", solution=True)),
        new_code_cell("assert one(1) == 2\n### BEGIN HIDDEN TESTS\nassert one(5) == 6, 'secret'\n### END HIDDEN TESTS",
                      metadata=tests("01_q1", 3)),
        new_code_cell(TWICE, metadata=mark("01_q2_answer", solution=True)),
        new_code_cell("assert two(2) == 4\n### BEGIN HIDDEN TESTS\nassert two(5) == 10\n### END HIDDEN TESTS",
                      metadata=tests("01_q2", 2)),
        new_markdown_cell(WHY, metadata=mark("01_why", 4, grade=True, solution=True)),
        new_code_cell("### BEGIN SOLUTION\nplot = 1\n### END SOLUTION", metadata=mark("01_plot", 1, grade=True, solution=True)),
        new_markdown_cell("Tell the class.", metadata=mark("01_talk", 5, task=True, locked=True)),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells, metadata={"kernelspec": {
        "name": "python3", "display_name": "Python 3", "language": "python"}})


def make(root: Path, notebook=None, config: str = "") -> Path:
    """Write the course's files: configuration, plugin, the instructor's notebook."""
    (root / "mine" / ASSIGNMENT).mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG + config)
    (root / "late_by_hours.py").write_text(PLUGIN)
    nbformat.write(notebook or source(), root / "mine" / ASSIGNMENT / NAME)
    return root


def hand_in(root: Path, student: str, answers: dict[str, str], timestamp: datetime | None = None) -> None:
    """The release with these answers in it, as nbgrader's exchange would collect it."""
    notebook = nbformat.read(root / "theirs" / ASSIGNMENT / NAME, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    place = root / "submitted" / student / ASSIGNMENT
    place.mkdir(parents=True)
    nbformat.write(notebook, place / NAME)
    if timestamp:
        (place / "timestamp.txt").write_text(f"{timestamp} UTC\n")


def rows(gradebook: Path) -> dict[str, list[tuple]]:
    """Every row of every table, with names instead of nbgrader's random ids."""
    names, found = {}, {}
    with sqlite3.connect(gradebook) as db:
        db.row_factory = sqlite3.Row
        tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
        order = ["course", "student", "assignment", "notebook", "base_cell", "source_cell", "submitted_assignment",
                 "submitted_notebook", "grade", "comment", "grade_cells", "solution_cells", "task_cells", "alembic_version"]
        assert sorted(tables) == sorted(order)
        for table in order:
            found[table] = []
            for row in map(dict, db.execute(f"select * from {table}")):
                row = {key: names.get(value, value) for key, value in row.items()}
                if len(row.get("id") or "") == 32:  # a random id: named for what the row is about
                    keys = ("name", "type", "assignment_id", "student_id", "notebook_id", "cell_id")
                    row["id"], old = f"{table}({', '.join(str(row[key]) for key in keys if key in row)})", row["id"]
                    names[old] = row["id"]
                found[table].append(tuple(row.items()))
    db.close()
    return {table: sorted(values, key=str) for table, values in found.items()}


def sql(root: Path, statement: str, *values) -> list[tuple]:
    with sqlite3.connect(root / "gradebook.db") as db:
        found = db.execute(statement, values).fetchall()
    db.close()
    return found


def scores(root: Path, student: str) -> dict[str, float | None]:
    """What the machine gave for each cell."""
    return dict(sql(root, """select cell.name, grade.auto_score from grade join base_cell cell on cell.id = grade.cell_id
        join submitted_notebook n on n.id = grade.notebook_id join submitted_assignment a on a.id = n.assignment_id
        where a.student_id = ?""", student))


def comments(root: Path, student: str) -> dict[str, str | None]:
    return dict(sql(root, """select cell.name, comment.auto_comment from comment
        join base_cell cell on cell.id = comment.cell_id
        join submitted_notebook n on n.id = comment.notebook_id join submitted_assignment a on a.id = n.assignment_id
        where a.student_id = ?""", student))


def graded(student: str, notebook: str = "", q1: float = 3, q2: float = 2, verdict: str = "graded", reason: str = "") -> Graded:
    """A verdict as the engine gives it, made by hand."""
    questions = [Question("01_q1", q1, 3.0, q1 == 3, "" if q1 == 3 else "one should add 1 [01-no-plus]",
                          None if q1 == 3 else "01-no-plus"),
                 Question("01_q2", q2, 2.0, q2 == 2, "" if q2 == 2 else "two should double")]
    if verdict != "graded":
        return Graded(Verdict(student, ASSIGNMENT, verdict, reason, 0.0, 15.0, [], [], 0.1))
    return Graded(Verdict(student, ASSIGNMENT, verdict, "", q1 + q2, 15.0, questions, ["a test cell was changed"], 0.5),
                  notebook=notebook or answered(), events=["tried to open a socket"], timings={"start": 0.01})


def answered(**answers: str) -> str:
    """The instructor's notebook with these answers, as the engine hands it over."""
    notebook = source()
    for cell in notebook.cells:
        cell.source = answers.get(f"a{cell.metadata.get('nbgrader', {}).get('grade_id', '')}", cell.source)
    return json.dumps(notebook)
