"""How far a run is: a live line on a terminal, a plain line now and then elsewhere."""

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

LIVE = 0.1  # seconds between two drawings of the live line
PLAIN = 30.0  # seconds between two plain lines


class Progress:
    """Counts verdicts and tells of them on stderr.

    Args:
        total: how many submissions there are.
        stream: where to; None for stderr.
    """

    def __init__(self, total: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic):
        self.total, self.stream, self.clock = total, stream or sys.stderr, clock
        self.live = self.stream.isatty()
        self.done = self.failed = self.paced = 0
        self.began = self.told = clock()
        self.first = self.began  # when the first was graded: what goes before is start-up, and says nothing of the pace

    def count(self, verdict: str) -> None:
        """One more submission has its verdict."""
        self.done += 1
        self.failed += verdict == "failed"
        if verdict != "refused":  # refusing takes no time
            self.first = self.first if self.paced else self.clock()
            self.paced += 1
        self.tick()

    def keep(self) -> None:
        """One more had its verdict before."""
        self.done += 1

    def left(self) -> float | None:
        """Seconds until all are done, if it goes on as it went; None as long as nobody can know."""
        if self.paced < 2:
            return None
        return (self.total - self.done) * (self.clock() - self.first) / (self.paced - 1)

    def line(self) -> str:
        left = self.left()
        eta = f"about {clock_time(left)} left" if left is not None else f"{clock_time(self.clock() - self.began)} so far"
        return f"{self.done} of {self.total} done, {self.failed} failed, {eta}"

    def tick(self) -> None:
        """Tell how far it is, if it is time to."""
        if self.clock() - self.told >= (LIVE if self.live else PLAIN):
            self.told = self.clock()
            self._draw()

    def note(self, line: str) -> None:
        """Say something besides."""
        self.stream.write(f"\r\x1b[K{line}\n" if self.live else f"{line}\n")
        if self.live:
            self._draw()
        self.stream.flush()

    def close(self) -> None:
        """Take the live line away: what comes now stands in its place."""
        if self.live:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def _draw(self) -> None:
        if self.live:
            width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be drawn over
            self.stream.write(f"\r\x1b[K{self.line()[:width]}")
        else:
            self.stream.write(f"{self.line()}\n")
        self.stream.flush()


def clock_time(seconds: float) -> str:
    """1:05 or 2:03:04."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
