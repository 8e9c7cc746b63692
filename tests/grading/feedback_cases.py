"""Feedback pages of every kind, a notebook whose author tries everything, and a strict reader of what came out."""

import json
import re
from html.parser import HTMLParser

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from seq2vit.grading import pages
from seq2vit.grading.pages import inert
from seq2vit.grading.pages.student import Page
from seq2vit.grading.verdict import Question, Verdict

TASK = """## 01_q1 · One more (3 points)

Return $x_1 + 1$, as a *number*:

$$y = x_1 + 1$$

| `x` | `y` |
|:---:|---|
| 1 | 2 |
"""
STUB = "def one(x):\n    raise NotImplementedError"
RIGHT = "def one(x):\n    return x + 1  # the next"


def mark(name, **kind):
    return {"nbgrader": {"grade_id": name, "schema_version": 3, "grade": False, "solution": False, "locked": True} | kind}


def notebook(answer=RIGHT, added=()):
    """A rebuilt notebook, as the record keeps it."""
    cells = [
        new_markdown_cell("# A little assignment", metadata=mark("intro")),
        new_code_cell("import math", metadata=mark("given-imports")),
        new_markdown_cell(TASK, metadata=mark("01_q1-task")),
        new_code_cell(answer, metadata=mark("01_q1_answer", solution=True, locked=False),
                      outputs=[new_output("stream", text="\x1b[31mtwo\x1b[0m\n 10 %\r 100 %\n")]),
        *added,
        new_code_cell("# 01_q1: visible tests\nassert one(1) == 2", metadata=mark("01_q1", grade=True, points=3),
                      outputs=[new_output("stream", text="printed in a hidden test")]),
        new_markdown_cell("## 01_q2 · Twice (2 points)", metadata=mark("01_q2-task")),
        new_code_cell("def two(x):\n    return x + x", metadata=mark("01_q2_answer", solution=True, locked=False)),
        new_code_cell("# 01_q2: visible tests\nassert two(1) == 2", metadata=mark("01_q2", grade=True, points=2)),
        new_code_cell("one(two(20))", metadata={"tags": ["demo"]}),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


TITLES = pages.titles(json.loads(notebook()))


def verdict(*messages, student="ada", misconception=None, kind="graded", reason="", restored=()):
    """With a message for each question; "" passes."""
    questions = [Question(f"01_q{i + 1}", 0.0 if said else points, points, not said, said, misconception if said else None)
                 for i, (said, points) in enumerate(zip(messages, (3.0, 2.0), strict=False))]
    return Verdict(student, "01_little", kind, reason, sum(q.points for q in questions), 5.0, questions, list(restored), 0.1)


# Whatever makes a browser act, in each place that a student can write to.
EVIL = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "</style><script>window.pwned = 1</script>",
    "<svg onload='window.pwned = 1'><script>window.pwned = 1</script></svg>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'>",
    "<iframe srcdoc='<script>top.pwned=1</script>'></iframe>",
    "<link rel=stylesheet href='https://evil.example/a.css'>",
    "<style>body { background: url(https://evil.example/b) }</style>",
    "<body onpointerdown='window.pwned = 1'>",
    "<details open ontoggle='window.pwned = 1'>",
    "<form action='https://evil.example'>",
    "<input autofocus onfocus='window.pwned = 1'>",
    "<video src='https://evil.example/v' onerror='window.pwned = 1'></video>",
    "<!-- <p> --!> <script>window.pwned = 1</script> -->",
    "</pre></code></div></main><h1>20 of 20 points</h1><div",
    "<p style='position:fixed'",
    "<math><mi xlink:href='javascript:window.pwned=1'>x</mi></math>",
    "<object data='data:text/html,<script>1</script>'></object>",
    "]]><![CDATA[<script>window.pwned = 1</script>]]>",
    "<a href='javascript:window.pwned = 1' onclick='window.pwned = 1'>a</a>",
]
EVIL_MARKDOWN = [
    "[a](javascript:window.pwned=1) [b](JaVaScRiPt&colon;window.pwned=1) [c](vbscript:x)",
    "[d](data:text/html,<script>1</script>) [e](  java\tscript:1 ) [f](//evil.example) [g](../../gradebook.db)",
    "[h](file:///etc/passwd) [i](http://[) [j](HTTPS://fine.example/?a=1&b=2) [](https://empty.example)",
    "[k]: javascript:window.pwned=1 'title'\n\n[k] [l](https://fine.example \"x' onmouseover='window.pwned=1\")",
    "![m](https://evil.example/pixel.png) ![n](data:image/svg+xml;base64,PHN2Zy8+) ![<script>o](x \"p\")",
    "<javascript:window.pwned=1> <https://fine.example/\"onmouseover=window.pwned=1> <me@fine.example>",
    "```<script>window.pwned=1</script>\n</code></pre><script>window.pwned=1</script>\n```",
    "~~~python\" onclick=\"window.pwned=1\nx\n~~~\n\n    <script>window.pwned=1</script>",
    "$</code><script>window.pwned=1</script>$ $\\href{javascript:window.pwned=1}{x}$",
    "$$\n\\includegraphics{https://evil.example}</div><script>window.pwned=1</script>\n$$",
    "| a |\n|:-:|\n| <script>window.pwned=1</script> |\n\n`<script>` **<b>** # x\n\n###### small\n\n<script>\nunclosed",
]
DECEIT = "ad\u202eemin\u2066 NUL:\0 BEL:\x07 CSI:\x9b half:\ud800 mark:\u200f\ufffe"


def hostile():
    """A notebook whose author tries everything at once."""
    outputs = [new_output("stream", text="\n".join(EVIL)), new_output("stream", text="\x1b]8;;https://evil.example\x07x\x1b[2J"),
               new_output("display_data", data={"text/html": EVIL[0], "image/svg+xml": EVIL[3]}),
               new_output("execute_result", data={"text/html": EVIL[0], "text/plain": EVIL[1]}, execution_count=1),
               new_output("error", ename=EVIL[0], evalue=EVIL[1], traceback=[*EVIL[:3], DECEIT])]
    added = [new_markdown_cell(text) for text in (*EVIL, *EVIL_MARKDOWN, DECEIT)]
    hidden = "### BEGIN HIDDEN TESTS\nassert one(7) == 8\n### END HIDDEN TESTS"
    added += [new_code_cell("\n".join(EVIL), outputs=outputs), new_code_cell(f"s = '''{EVIL[2]}'''  # {EVIL[4]} {DECEIT}"),
              new_markdown_cell("forged", metadata=mark("01_q1\"><script>window.pwned=1</script>", solution=True)),
              new_code_cell(hidden, metadata=mark("01_q1", grade=True)), nbformat.v4.new_raw_cell(EVIL[0])]
    return notebook(EVIL[0] + '\n"""' + EVIL[2], added)


def hostile_page():
    said = verdict(EVIL[0], "", student=f"<b>ada</b>{DECEIT}", restored=[f"the cell {EVIL[1]} is twice there"])
    return Page(said, "little.ipynb", hostile(), TITLES | {"01_q2": EVIL[0]}, manual={"01_q1": (1.5, EVIL[0])})


NAMES = {"01-no-plus": "Nothing is added"}
NO_PLUS = verdict("x comes back as it is: did you add 1? [01-no-plus]", "", misconception="01-no-plus",
                  restored=["the test cell 01_q2 was changed; the instructor's was used"])
SITE = "https://example.org/course/"
CUT_OFF = "the file is not JSON: it ends after 512 characters"
NOT_YET = verdict("one is not written yet", "two is not written yet")
CASES = {
    "right": Page(verdict("", ""), "little.ipynb", notebook(), TITLES),
    "misconception": Page(NO_PLUS, "little.ipynb", notebook("def one(x):\n    return x"), TITLES, NAMES, site_url=SITE),
    "untouched": Page(NOT_YET, "little.ipynb", notebook(STUB), TITLES),
    "refused": Page(verdict(CUT_OFF, CUT_OFF, kind="refused", reason=CUT_OFF), "little.ipynb", titles=TITLES),
    "hostile": hostile_page(),
}


# What may come out, whatever goes in.
TAGS = {
    "a": {"href", "rel"}, "bdi": set(), "blockquote": {"class"}, "body": set(), "br": set(), "caption": set(), "code": set(),
    "details": set(), "div": {"class", "role"}, "em": {"class"}, "footer": set(), "h1": set(), "h2": set(), "h3": set(),
    "h4": set(), "h5": set(), "h6": set(), "head": set(), "header": set(), "hr": set(), "html": {"lang"}, "li": set(),
    "main": set(), "meta": {"charset", "http-equiv", "name", "content"}, "ol": {"start"}, "p": {"class"}, "pre": {"class"},
    "samp": set(), "section": {"class", "id"}, "small": set(), "span": {"class"}, "strong": set(), "style": set(),
    "summary": set(), "table": set(), "tbody": set(), "td": {"class"}, "tfoot": set(), "th": {"class", "scope"}, "thead": set(),
    "title": set(), "tr": set(), "ul": set(),
}


class Strict(HTMLParser):
    """Lists whatever is not on the list above, tags that do not match, and characters that should have been replaced."""

    def __init__(self, html, more=None):
        super().__init__()
        self.found, self.stack, self.tags = [], [], TAGS | (more or {})
        self.found += [f"character {ord(char):x}" for char in set(html) & {chr(code) for code in inert.SHOWN}]
        self.feed(html)
        self.close()
        self.found += [f"unclosed {tag}" for tag in self.stack]

    def handle_starttag(self, tag, attributes):
        known = self.tags.get(tag)
        self.found += [f"<{tag}>"] if known is None else [f"{tag} {key}" for key, _ in attributes if key not in known]
        href = dict(attributes).get("href")
        if tag == "a" and not re.match(r"(?i)(https?://|mailto:|#cell-)", href or ""):
            self.found.append(f"link to {href}")
        if tag in ("meta", "style", "title") and "head" not in self.stack:
            self.found.append(f"<{tag}> in the body")
        if tag not in ("meta", "br", "hr"):
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in ("meta", "br", "hr"):
            self.handle_endtag(tag)
            self.found += [f"<{tag}/>"] if tag in TAGS else []  # in SVG it closes the element, in HTML it does not

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.found.append(f"</{tag}> closes nothing")

    def handle_comment(self, data):
        self.found.append(f"comment {data}")

    unknown_decl = handle_pi = handle_comment
