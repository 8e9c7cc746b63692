"""The command `seq2vit`."""

import argparse
import importlib.util
import sys

from seq2vit import __version__

VERBS = ("grade", "report", "feedback", "export", "collect", "doctor")  # of instructors: seq2vit.grading.command
EXTRA = ("nbgrader", "distributed", "msgspec")  # what seq2vit[grade] brings on every system


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 all well, 1 a test fails, 2 a request that makes no sense."""
    parser = argparse.ArgumentParser(prog="seq2vit", description="Work with the assignments of the seq2vit course.")
    parser.add_argument("--version", action="version", version=f"seq2vit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="run a notebook's visible tests in a fresh kernel")
    check.add_argument("notebook", help="the notebook to check; it is not changed")
    check.add_argument("--timeout", type=_seconds, default=120, metavar="SECONDS", help="time allowed for a cell (default 120)")
    check.set_defaults(run=lambda options: _check(options.notebook, options.timeout))
    arguments = sys.argv[1:] if arguments is None else arguments
    if all(importlib.util.find_spec(name) for name in EXTRA):
        from seq2vit.grading import command  # the options alone: it imports what it needs when a verb runs

        command.register(commands)
    elif arguments and arguments[0] in VERBS:
        print(f"seq2vit {arguments[0]}: for instructors: pip install 'seq2vit[grade]'", file=sys.stderr)
        return 2
    options = parser.parse_args(arguments)
    return options.run(options)


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give whole seconds, at least 1")
    return int(text)


def _check(notebook: str, timeout: int) -> int:
    from seq2vit import check

    try:
        verdicts, notes = check.run(notebook, timeout)
    except ValueError as error:
        print(f"seq2vit check: {error}", file=sys.stderr)
        return 2
    print("\n".join([*notes, check.table(verdicts)]))
    return 0 if all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
