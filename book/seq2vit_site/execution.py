"""When pages are executed again, and why a failed build stays failed.

Jupyter Book caches executions by the text of a page's cells. It does not see changes in the code that the cells import,
so the cache's folder is named after everything else that an output depends on.
"""

import hashlib
import os
import shutil
from pathlib import Path


def digest(paths, root):
    """Hash the files in `paths` with their places relative to `root` (folders are walked; a missing one is empty)."""
    total = hashlib.sha256()
    for path in map(Path, paths):
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(f"{os.path.relpath(file, root)}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def imported(root):
    """List what a page's output depends on besides its own text: the locked versions, the part of the package that
    pages import (never the grading engine), the releases, and the notebooks that experiments load their answers from.
    """
    root = Path(root)
    grading = root / "seq2vit" / "grading"
    package = [f for f in (root / "seq2vit").rglob("*") if f.is_file() and grading not in f.parents]
    own = os.environ.get("SEQ2VIT_NOTEBOOKS")
    folders = [root / "assignments", root / "solutions", root / "work", *([Path(own)] if own else [])]
    notebooks = [notebook for folder in folders for notebook in folder.glob("*/*.ipynb")]
    return [root / "requirements.lock", *sorted(package), *sorted(notebooks)]


def name_cache(app, config):
    """Point Jupyter Book at the cache of exactly these inputs, and delete the others."""
    caches = Path(app.outdir).parent / ".executions"
    key = config.seq2vit_execution_key = digest(imported(app.srcdir), app.srcdir)
    config.nb_execution_cache_path = str(caches / key)
    for old in caches.glob("*"):
        if old.name != key:
            shutil.rmtree(old)


def stay_failed(app, exception):
    """Forget what was read if anything went wrong: Sphinx would not look at an unchanged page again, and the next
    build would report success with the error still on the page."""
    if exception is not None or app._warncount:
        shutil.rmtree(app.doctreedir, ignore_errors=True)


def setup(app):
    # "env": a new key makes Sphinx read every page again, so that no page keeps an output of the old one.
    app.add_config_value("seq2vit_execution_key", "", "env")
    app.connect("config-inited", name_cache)
    app.connect("build-finished", stay_failed, priority=999)
