"""The theme's page, mended: what it loads, and what assistive technology needs from it."""

import re
from pathlib import Path

from sphinx.errors import ExtensionError

# Live code that this book does not use; its script loads twice, which is a console error.
UNUSED = ("thebe",)
# A mark in a page's text, and what only such pages load.
NEEDED = {
    "katex-html": ["katex/katex.css"],
    "s2v-figure": ["figures.css", "figures.js"],
    "course-map": ["course_map.css"],
}
# What the theme and the extensions write, what is written in its place, and why.
MENDED = {
    # The arrow beside a chapter in the sidebar has no name.
    r'<summary>(?=<span class="toctree-toggle")': '<summary aria-label="Pages of this chapter">',
    # A name that differs from the words on the button cannot be spoken to it.
    r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"': r"\1",
    r'<summary aria-label="Toggle hidden content">': "<summary>",
    # A list holds list items; the role that was given is no longer one.
    r'(<div class="citation"[^>]*) role="doc-biblioentry"': r'\1 role="listitem"',
}
FRONT_DOOR = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="_static/{icon}">
<meta http-equiv="refresh" content="0; url={home}">
</head>
<body><main><h1><a href="{home}">{title}</a></h1></main></body>
</html>
"""
LIVE_CODE = re.compile(r'<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName[^<]*</script>', re.DOTALL)


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
    if "body" in context:
        context["body"] = LIVE_CODE.sub("", context["body"])
    for mark, files in NEEDED.items():
        if mark in context.get("body", ""):
            for file in files:
                app.add_css_file(file) if file.endswith(".css") else app.add_js_file(file, loading_method="defer")
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if not unused(file)]


def mend(app, exception):
    """Mend the written pages: most of this markup passes no hook before. Mended pages are left as they are. The site's
    address leads to the home page; Jupyter Book's own page for that has neither a title nor a language.
    """
    if exception is not None or app.builder.format != "html":
        return
    outdir = Path(app.outdir)
    for template in (outdir / "_static").glob("*.html"):  # the theme's, of no use to readers
        template.unlink()
    config = app.config
    (outdir / "index.html").write_text(
        FRONT_DOOR.format(language=config.language, title=config.project, home=f"{config.root_doc}.html",
                          icon=Path(config.html_favicon).name))  # without one the browser asks for /favicon.ico: an error
    for page in outdir.rglob("*.html"):
        markup = page.read_text()
        mended = markup
        for pattern, replacement in MENDED.items():
            mended = re.sub(pattern, replacement, mended)
        if mended != markup:
            page.write_text(mended)


def setup(app):
    app.connect("builder-inited", add_filters, priority=900)
    app.connect("html-page-context", choose_files, priority=900)
    app.connect("build-finished", mend, priority=400)  # before the front door is written for us
