"""The pages that grading writes: one file each, no script, nothing fetched, and a policy in the page that allows neither."""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from seq2vit.grading.pages import inert

SLUG = re.compile(r"\d\d-[a-z0-9-]+")


@cache
def _environment() -> jinja2.Environment:
    def read(name: str) -> str:
        return files(__name__).joinpath(name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(read), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: inert.clean(value) if type(value) is str else value)
    style = "\n" + read("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # By its digest, this style counts and no other: neither one that a text smuggled in, nor a style attribute.
    environment.globals |= {"style": Markup(style), "style_digest": f"sha256-{digest}"}
    environment.filters |= {"points": points, "plural": plural, "duration": duration}
    return environment


def render(template: str, **values) -> str:
    """The HTML of a page. Every string is escaped, and cleaned of what would deceive a reader."""
    return _environment().get_template(template).render(**values)


def points(value: float) -> str:
    """A number of points, or of anything: 2, 2.5, 0.33."""
    return f"{round(value, 2):g}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 submission`, `1,000 submissions`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """`0.15 s`, `8.9 s`, `2 min 21 s`."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    return f"{round(seconds) // 60:,} min {round(seconds) % 60} s"


def explanation(slug: str, assignment: str, site_url: str = "") -> str:
    """Where the chapter explains a misconception; "" if no site is configured.

    The page's anchor is the slug from its first letter on: HTML ids as docutils makes them begin with a letter.
    """
    if not site_url or not SLUG.fullmatch(slug):
        return ""
    return f"{web_address(site_url)}/chapters/{assignment}.html#{re.sub('^[^a-z]+', '', slug)}"


def web_address(url: str) -> str:
    """The address of the published site, without a slash at its end.

    Raises:
        ValueError: if it is no web address.
    """
    if not re.fullmatch(r"https?://[^\s\"'<>]+", url):
        raise ValueError(f"{url!r} is no web address of the course's site: give one such as https://example.org/course")
    return url.rstrip("/")


def misconception(slug: str, assignment: str, names: Mapping[str, str], site_url: str = "") -> dict[str, str]:
    """A misconception as the templates show it: its slug, name, address and chapter."""
    return {"slug": slug, "name": names.get(slug, "").replace("`", "") or re.sub(r"^\d+-", "", slug).replace("-", " "),
            "url": explanation(slug, assignment, site_url), "chapter": slug.split("-")[0].lstrip("0")}


def titles(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The heading of each question in the instructor's notebook: `## 01_q1 · The encoder (3 points)`."""
    text = "\n".join(inert.joined(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return dict(re.findall(r"^## (\S+) · (.*?)(?: \([^()]*\))?$", text, re.MULTILINE))


def misconceptions(chapter: str) -> dict[str, str]:
    """The name of each misconception in a chapter's text: an anchor, and the bold sentence that it stands before."""
    return dict(re.findall(r"^\((\d\d-[a-z0-9-]+)\)=\n\*\*(.+?)\*\*", chapter, re.MULTILINE))
