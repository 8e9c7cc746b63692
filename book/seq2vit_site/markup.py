"""The theme's page, mended: scripts that a page does not need are not loaded, those that it needs are."""

import re

from sphinx.errors import ExtensionError

# Live code that this book does not use; its script loads twice, which is a console error.
UNUSED = ("thebe",)
# A mark in a page's text, and what only such pages load.
NEEDED = {
    "katex-html": ["katex/katex.css"],
    "s2v-figure": ["figures.css", "figures.js"],
    "course-map": ["course_map.css"],
}


def without_scripts(markup, *names):
    """Remove the script elements that load one of `names`; raise if one is not there (the theme has moved on)."""
    for name in names:
        markup, count = re.subn(rf"<script[^>]*/{re.escape(name)}[^>]*></script>\s*", "", str(markup))
        if not count:
            raise ExtensionError(f"the theme no longer loads {name}: mend book/templates/layout.html")
    return markup


def add_filters(app):
    if app.builder.format == "html":
        app.builder.templates.environment.filters["without_scripts"] = without_scripts


def unused(file):
    text = f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}"
    return any(name in text for name in UNUSED)


def choose_files(app, pagename, templatename, context, doctree):
    for mark, files in NEEDED.items():
        if mark in context.get("body", ""):
            for file in files:
                app.add_css_file(file) if file.endswith(".css") else app.add_js_file(file, loading_method="defer")
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if not unused(file)]


def setup(app):
    app.connect("builder-inited", add_filters, priority=900)
    app.connect("html-page-context", choose_files, priority=900)
