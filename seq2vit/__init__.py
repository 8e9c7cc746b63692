"""seq2vit: what the course's chapters and assignments import, and do not teach.

The package holds no answer to any assignment: those live in the instructor's notebooks (`solutions/`).
"""

from importlib.metadata import PackageNotFoundError, version

from seq2vit.runtime import demos_on, device

try:
    __version__ = version("seq2vit")
except PackageNotFoundError:  # imported from a source tree that nobody installed
    __version__ = "0+unknown"

__all__ = ["demos_on", "device", "__version__"]
