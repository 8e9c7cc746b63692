"""The lines that tests leave for the tables that close a run (the fixture `note`)."""


def notes(terminalreporter, table):
    """The lines that the tests noted for `table`."""
    reports = [r for found in terminalreporter.stats.values() for r in found if getattr(r, "when", "") == "call"]
    return [line for report in reports for name, line in report.user_properties if name == table]
