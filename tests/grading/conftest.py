"""The engine's tests share their fixtures."""

from exams import exam, station  # noqa: F401
