"""Fonts are looked up in a list of this clone's own: matplotlib's, in the home folder, can be of an environment that is
gone, and then every picture with a formula complains on stderr, which neither a page nor a notebook may do."""

import os
import subprocess
import sys
from pathlib import Path


def use_own(root: Path) -> None:
    """Let this process, and those that it starts, keep matplotlib's list of fonts in `root/_build`; make it if need be."""
    folder = root / "_build" / ".matplotlib"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["MPLCONFIGDIR"] = str(folder)
    if not any(folder.glob("fontlist-*.json")):  # making it is told on stderr, too
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], stderr=subprocess.DEVNULL)
