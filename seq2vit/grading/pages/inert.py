"""A student's text as HTML in which nothing of the student's can run, load, or pass for something else.

All text is escaped first, and only tags that are written here come out: nothing is parsed as HTML, so there is no filter
that a clever text could slip through. Long texts are cut, since a page must open on a phone and a lexer must not be
kept busy for minutes.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

SOURCE, TEXT, OUTPUT = 20_000, 10_000, 3_000  # characters shown of a cell's code, of its text, and of what it printed
SCHEMES = ("http", "https", "mailto")


def _shown() -> dict[int, str]:
    """What is drawn in place of characters that are invisible, not allowed in HTML, or that turn text around."""
    turning = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    named = (*(code for code in range(32) if chr(code) not in "\n\t"), *turning)
    broken = (*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    return {code: f"[U+{code:04X}]" for code in named} | dict.fromkeys(broken, "\N{REPLACEMENT CHARACTER}")


SHOWN = _shown()
ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")


def clean(text: str) -> str:
    """The same text, with what would deceive a reader made visible: bidirectional overrides, NUL, other controls."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(SHOWN)


def terminal(text: str) -> str:
    """What a terminal would show at the end: no colours, and of a line that was overwritten its last state."""
    text = re.sub(ESCAPE_SEQUENCE, "", text)
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    return clean("\n".join(lines))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters: the beginning and the end, and how much is missing between them."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail]}\n[... {len(text) - limit:,} characters are not shown ...]\n{text[-tail:]}"


@lru_cache(maxsize=512)  # all but the answers is the same in every notebook of a cohort
def code(source: str) -> Markup:
    """Python source with its words in colours, as the content of a `pre`."""
    from pygments.lexers import PythonLexer

    source = clean(cut(source, SOURCE))
    pieces: list[tuple[str, str]] = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        name = _class(kind)
        if pieces and (pieces[-1][0] == name or not text.strip()):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + text)  # fewer tags: a page is half as long
        else:
            pieces.append((name, text))
    return Markup("").join(Markup('<span class="{}">{}</span>').format(name, text) if name else escape(text)
                           for name, text in pieces)


@cache
def _class(kind: Any) -> str:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    groups = {"c": [Comment], "s": [String], "m": [Number], "k": [Keyword, Operator.Word],
              "f": [Name.Function, Name.Class, Name.Decorator], "b": [Name.Builtin]}
    return next((name for name, kinds in groups.items() if any(kind in each for each in kinds)), "")


@lru_cache(maxsize=512)
def markdown(text: str) -> Markup:
    """Markdown as HTML: formulas as they were typed, HTML as text, no picture, links only to the web and to mail."""
    text = re.sub(r"(data:[a-z/+;0-9-]{,60},)[A-Za-z0-9+/=]{100,}", r"\1...", text)  # a picture's bytes are no text
    return Markup(_markdown().render(clean(cut(text, TEXT))))


@cache
def _markdown():
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table")
    # Formulas would need a script. Typed text at least stays what it is: without this, _ would begin an emphasis.
    dollarmath_plugin(reader, allow_labels=False, renderer=lambda formula, _: f"<code>{escape(formula)}</code>")
    reader.validateLink = _leads_to_the_web
    reader.add_render_rule("link_open", _link)
    reader.add_render_rule("image", _picture)
    reader.add_render_rule("fence", _fence)
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("heading_close", _heading)
    for cell in ("th_open", "td_open"):
        reader.add_render_rule(cell, _table_cell)
    return reader


# What these return is a plain string: the reader joins the pieces, and one `Markup` among them would escape the others.


def _leads_to_the_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in SCHEMES
    except ValueError:
        return False


def _link(self, tokens: Sequence, index: int, options, env) -> str:
    address = escape(tokens[index].attrGet("href"))
    inside = tokens[index + 1 : next(i for i in range(index, len(tokens)) if tokens[i].type == "link_close")]
    name = "" if any(token.content.strip() for token in inside) else address  # a link must be called something
    return f'<a href="{address}" rel="noopener noreferrer nofollow">{name}'


def _picture(self, tokens: Sequence, index: int, options, env) -> str:
    said = self.renderInlineAsText(tokens[index].children, options, env)
    return f'<em class="gone">[a picture is not shown{escape(f": {said}" if said else "")}]</em>'


def _fence(self, tokens: Sequence, index: int, options, env) -> str:
    return f"<pre><code>{escape(tokens[index].content)}</code></pre>\n"


def _heading(self, tokens: Sequence, index: int, options, env) -> str:
    level = min(6, int(tokens[index].tag[1]) + 3)  # the page's own headings go down to the third
    return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"


def _table_cell(self, tokens: Sequence, index: int, options, env) -> str:
    return f"<{tokens[index].tag}>"  # alignment would come as a style attribute


def outputs(found: Sequence[dict]) -> str:
    """What a cell printed and returned, as plain text."""
    return cut("\n".join(filter(None, (_output(output).rstrip("\n") for output in found[:200]))), OUTPUT)


def _output(output: dict) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return terminal(cut(joined(output.get("text")), 4 * OUTPUT))
    if kind == "error":
        trace = joined([f"{line}\n" for line in output.get("traceback") or []])
        return terminal(cut(trace or f"{output.get('ename')}: {output.get('evalue')}", 4 * OUTPUT))
    data = output.get("data") or {}
    if "text/plain" in data:
        return terminal(cut(joined(data["text/plain"]), 4 * OUTPUT))
    return f"[an output is not shown: {', '.join(sorted(map(str, data)))}]" if data else ""


def joined(text: Any) -> str:
    """Text as notebook files hold it: a string, or a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")
