"""Assignments on the site: the release notebook itself, served for download and shown as a page."""

import json
import shutil
from pathlib import Path


def release_of(root, pagename):
    """Return the path, from the root, of the release that belongs to a chapter's or an assignment's page, or None."""
    parts = pagename.split("/")
    slug = {"chapters": parts[-1], "assignments": parts[1] if len(parts) > 1 else ""}.get(parts[0], "")
    if not slug or (parts[0] == "chapters" and len(parts) != 2):
        return None
    found = sorted((Path(root) / "assignments" / slug).glob("*.ipynb"))
    return found[0].relative_to(root).as_posix() if found else None


def fold_tests(app, docname, source):
    """Fold the visible tests of a release away on its page, where the tasks are what one reads."""
    if not docname.startswith("assignments/"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        grader = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and grader.get("grade") and not grader.get("solution"):
            cell["metadata"].setdefault("tags", []).append("hide-input")
            cell["metadata"].setdefault("mystnb", {}).update(
                code_prompt_show="Show the test", code_prompt_hide="Hide the test")
    source[0] = json.dumps(notebook)


def serve_releases(app, exception):
    """Put the releases of the pages beside them, so that the download comes from the site itself."""
    if exception is None and app.builder.format == "html":
        for docname in app.env.found_docs:
            release = release_of(app.srcdir, docname)
            if release and docname.startswith("assignments/"):
                target = Path(app.outdir) / release
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(app.srcdir) / release, target)


def setup(app):
    app.connect("source-read", fold_tests)
    app.connect("build-finished", serve_releases)
