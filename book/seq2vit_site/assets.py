"""The weight of a page: only the icons and the letters that the site uses are shipped."""

import logging
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont

from .formulas import KATEX

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
THEME_CSS = "styles/pydata-sphinx-theme.css"
ICONS = "vendor/fontawesome/webfonts"
ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"(\\[0-9a-f]+ ?|[^"\\]|\\.)"\}')
logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells every step of every font
FACE = re.compile(r"@font-face\s*\{[^}]*\}")


def subset_font(source, target, characters):
    """Write the glyphs of `characters` from font `source` to `target` as WOFF2; return whether there are any."""
    with TTFont(source, lazy=True) as font:
        wanted = sorted(set(map(ord, characters)) & set(font.getBestCmap()))
        if wanted:
            options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=wanted)
            subsetter.subset(font)
            target.parent.mkdir(parents=True, exist_ok=True)
            subset.save_font(font, str(target), options)
    return bool(wanted)


class Letters(HTMLParser):
    """Collect the characters of all formulas of a page (the drawn part, not the MathML copy)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.depth, self.found = 0, set()

    def handle_starttag(self, tag, attrs):
        if self.depth:
            self.depth += tag not in {"img", "br", "path", "line"}
        elif ("class", "katex-html") in attrs:
            self.depth = 1

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if self.depth and tag not in {"path", "line"}:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth:
            self.found.update(data)


def letters(markup):
    parser = Letters()
    parser.feed(markup)
    return parser.found


def slim_formulas(static, pages):
    """Ship KaTeX's style and the letters of the fonts that the site's formulas use."""
    used = set().union(*map(letters, pages))
    css = (KATEX / "katex.min.css").read_text()

    def face(match):
        name = re.search(r"fonts/([\w-]+)\.woff2", match.group()).group(1)
        if not subset_font(KATEX / "fonts" / f"{name}.woff2", static / "katex/fonts" / f"{name}.woff2", used):
            return ""
        return re.sub(r"src:[^;}]*", f"src:url(fonts/{name}.woff2) format(\"woff2\")", match.group())

    shutil.rmtree(static / "katex", ignore_errors=True)
    (static / "katex").mkdir()
    (static / "katex/katex.css").write_text(FACE.sub(face, css))


def slim_icons(static, texts):
    """Ship the icons whose class names occur on a page or in a script, and those that styles draw."""
    css = (THEME / THEME_CSS).read_text()
    names = set(re.findall(r"\bfa-[\w-]+", " ".join(texts)))

    def rule(match):
        return match.group() if names & set(re.findall(r"fa-[\w-]+", match.group(1))) else ""

    css = ICON_RULE.sub(rule, css)
    # What is left of the rules draws these, as does any other style sheet, by number or by the character itself.
    styles = css + "".join(style.read_text() for style in static.rglob("*.css") if style.name != Path(THEME_CSS).name)
    characters = {chr(int(code, 16)) for code in re.findall(r"\\([0-9a-f]{2,4})", styles)}
    characters |= set(re.findall(r"[\ue000-\uf8ff]", styles))
    shutil.rmtree(static / ICONS, ignore_errors=True)

    def face(match):
        name = re.search(r"([\w-]+\.woff2)", match.group()).group()
        if not subset_font(THEME / ICONS / name, static / ICONS / name, characters):
            return ""
        return re.sub(r"src:[^;}]*", f'src:url(../{ICONS}/{name}) format("woff2")', match.group())

    (static / THEME_CSS).write_text(FACE.sub(face, css))
    for script in (static / "scripts").glob("fontawesome.js*"):
        script.unlink()


def slim(app, exception):
    if exception is None and app.builder.format == "html":
        outdir = Path(app.outdir)
        pages = [page.read_text() for page in outdir.rglob("*.html")]
        scripts = [script.read_text() for script in outdir.rglob("*.js") if script.name != "fontawesome.js"]
        slim_formulas(outdir / "_static", [page for page in pages if "katex-html" in page])
        slim_icons(outdir / "_static", pages + scripts)


def setup(app):
    app.connect("build-finished", slim, priority=600)
