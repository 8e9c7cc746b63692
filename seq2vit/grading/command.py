"""The instructor's side of the command `seq2vit`.

Imported when the extra `seq2vit[grade]` is installed, for the options alone: what a verb needs is imported when it runs.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

VERBS = {
    "grade": "grade all submissions of an assignment",
    "report": "write the instructor's page about an assignment that was graded",
    "feedback": "write the students' pages",
    "export": "write the points to a file for a spreadsheet, Canvas or Moodle",
    "collect": "put what a learning platform packed together where it is graded",
    "doctor": "say which protections this machine gives, and how to get the missing ones",
}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the verbs to the command's parser; each sets `run`, a function from the options to the exit status."""
    verbs = {name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
             for name, text in VERBS.items()}
    for name, verb in verbs.items():
        verb.set_defaults(run=_said(name, globals()[f"_{name}"]))
        if name not in ("export", "doctor"):
            verb.add_argument("assignment", metavar="ASSIGNMENT", help="such as 01_seq2seq")
    verbs["export"].add_argument("assignment", metavar="ASSIGNMENT", nargs="?", help="such as 01_seq2seq (default: all)")
    verbs["collect"].add_argument("source", type=Path, metavar="SOURCE", help="an archive (.zip, .tar.gz) or a folder")
    for name, verb in verbs.items():
        if name != "doctor":
            verb.add_argument("--course", type=Path, default=Path("."), metavar="DIR",
                              help="the folder with nbgrader_config.py (default: this one)")
    for name in "grade", "feedback":
        verbs[name].add_argument("--student", nargs="+", action="extend", metavar="ID", help="only these (default: all)")
    _options(verbs)


def _options(verbs: dict[str, argparse.ArgumentParser]) -> None:
    """What belongs to one verb."""
    grade = verbs["grade"].add_argument
    grade("--scheduler", metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786 (default: this machine alone)")
    grade("--workers", type=_count, metavar="N", help="submissions graded at once on this machine (default: one a core)")
    grade("--force", action="store_true", help="grade again what was graded before")
    grade("--json", type=Path, metavar="FILE", help="write a line of JSON for each submission")
    grade("--unsafe", action="store_true", help="grade without the sandbox: a submission can then read and change all that "
          "you can")
    export = verbs["export"].add_argument
    export("--format", choices=("csv", "canvas", "moodle"), default="csv", help="what will read the file (default: csv)")
    export("--to", type=Path, default=Path("grades.csv"), metavar="FILE", help="the file (default: grades.csv)")
    verbs["collect"].add_argument("--pattern", metavar="NAME", help="how the files are called: canvas, moodle, moodle-name, "
                                  "plain, or a regular expression with the groups student_id and file_id")
    for name in "report", "feedback":
        verbs[name].add_argument("--site", metavar="URL", help="the address of the course's site, for links to the chapters "
                                 "(default: what nbgrader_config.py says)")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number, at least 1")
    return int(text)


def _said(verb: str, run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A request that makes no sense is said in the words of whoever found out, with exit status 2."""

    def said(options: argparse.Namespace) -> int:
        from seq2vit.grading.cluster import Unusable
        from seq2vit.grading.untrusted import Refused

        try:
            return run(options)
        except (ValueError, OSError, Refused, Unusable) as error:
            print(f"seq2vit {verb}: {error}", file=sys.stderr)
            return 2

    return said


def _grade(options: argparse.Namespace) -> int:
    from seq2vit.grading import run

    return run.grade(options)


def _report(options: argparse.Namespace) -> int:
    from seq2vit.grading.course import Course
    from seq2vit.grading.record import Record
    from seq2vit.grading.report import write_report
    from seq2vit.grading.run import UNSAFE

    course = Course(options.course)
    unsafe = any(UNSAFE in graded.events for graded in Record(course).verdicts(options.assignment))
    print(write_report(course, options.assignment, unsafe=unsafe, site_url=options.site))
    return 0


def _feedback(options: argparse.Namespace) -> int:
    from seq2vit.grading.course import Course
    from seq2vit.grading.feedback import write_feedback

    *pages, index = write_feedback(Course(options.course), options.assignment, options.student, options.site)
    print(f"{len(pages)} page{'' if len(pages) == 1 else 's'}, listed in {index}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from seq2vit.grading.course import Course
    from seq2vit.grading.export import export

    notes = export(Course(options.course), options.assignment, options.format, options.to)
    print("\n".join([*(f"note: {note}" for note in notes), str(options.to)]))
    return 0


def _collect(options: argparse.Namespace) -> int:
    """Exit status 1 if some of what was packed was not taken."""
    from seq2vit.grading.intake import collect

    arrivals = collect(options.course, options.assignment, options.source, options.pattern)
    for arrival in arrivals:
        print(f"{arrival.student or 'not taken'}: {arrival.origin}" + (f": {arrival.note}" if arrival.note else ""))
    taken = sum(bool(arrival.student) for arrival in arrivals)
    print(f"{taken} submissions collected, {len(arrivals) - taken} files not taken")
    return 0 if taken else 1


def _doctor(options: argparse.Namespace) -> int:
    from seq2vit.grading import doctor

    return doctor.main()
