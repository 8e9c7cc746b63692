"""The engine's tests share their fixtures."""

from exams import exam  # noqa: F401
