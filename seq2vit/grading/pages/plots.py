"""The report's plots: bars by matplotlib, as SVG that stands in the page and takes its colours.

The same numbers give the same bytes: no dates, and ids that depend on nothing but the plot.
"""

import io
import re
from collections.abc import Sequence
from xml.etree import ElementTree

from markupsafe import Markup

BAR, INK = "#4a86d0", "#010203"  # a blue that shows on white and on black; ink becomes the colour of the page's text
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = ("svg", "g", "path", "text", "use", "defs", "clipPath", "rect")


def columns(name: str, says: str, edges: Sequence[float], counts: Sequence[int], xlabel: str, ylabel: str,
            whole: bool = False) -> Markup:
    """A histogram.

    Args:
        name: unique on the page.
        says: for those who do not see it.
        edges: one more than `counts`, evenly spaced.
        whole: each bar is one whole number, and stands above it.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = _axes(2.6)
    width = edges[1] - edges[0]
    shift = width / 2 if whole else 0
    axes.bar([edge - shift for edge in edges[:-1]], counts, width=0.9 * width if whole else width, align="edge", color=BAR,
             edgecolor=None if whole else INK, linewidth=0 if whole else 0.6)
    axes.set_xlim(edges[0] - 1.2 * shift, edges[-1] - shift)
    axes.xaxis.set_major_locator(MaxNLocator(11, integer=whole, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlabel=xlabel, ylabel=ylabel)
    return _svg(figure, name, says)


def shares(name: str, says: str, labels: Sequence[str], values: Sequence[float], xlabel: str) -> Markup:
    """A horizontal bar for each label, the first on top, from 0 to 100 percent."""
    figure, axes = _axes(0.7 + 0.3 * len(labels))
    places = range(len(labels))
    axes.barh(places, [100 * value for value in values], color=BAR, height=0.7)
    for place, value in zip(places, values, strict=True):
        axes.text(100 * value + 1, place, f"{100 * value:.0f} %", va="center", color=INK)
    # A dollar would begin a formula.
    axes.set_yticks(places, labels=[label.replace("$", r"\$") for label in labels])
    axes.set(xlim=(0, 110), ylim=(len(labels) - 0.4, -0.6), xlabel=xlabel)
    axes.set_xticks(range(0, 101, 20))
    return _svg(figure, name, says)


def _axes(height: float):
    from matplotlib import rc_context
    from matplotlib.figure import Figure  # no pyplot: nothing stays open

    style = {"font.size": 10, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
             "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False}
    with rc_context(style):
        figure = Figure(figsize=(5, height), layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.subplots()
        axes.patch.set_visible(False)
    return figure, axes


def _svg(figure, name: str, says: str) -> Markup:
    """The figure as an element: text as text, colours as attributes (the page's policy allows no style), ids of its own."""
    from matplotlib import rc_context

    file = io.StringIO()
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(file.getvalue().partition("<svg")[1] + file.getvalue().partition("<svg")[2])
    _plain(root, name)
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib |= {"role": "img", "aria-label": says}
    return Markup(re.sub(r"\s*\n\s*", "\n", ElementTree.tostring(root, encoding="unicode")))


def _plain(element: ElementTree.Element, name: str) -> None:
    for child in list(element):
        if child.tag.removeprefix(SVG) in DRAWN:
            _plain(child, name)
        else:  # metadata, a style sheet
            element.remove(child)
    element.tag = element.tag.removeprefix(SVG)
    for key, value in list(element.attrib.items()):
        del element.attrib[key]
        if key == "style":
            element.attrib |= _attributes(value)
        elif key == "id":
            element.attrib["id"] = f"{name}-{value}"
        else:
            key = "href" if key.endswith("}href") else key
            element.attrib[key] = re.sub(r"(^|url\()#", rf"\g<1>#{name}-", value)


def _attributes(style: str) -> dict[str, str]:
    found = {}
    for declaration in filter(None, map(str.strip, style.split(";"))):
        key, value = (part.strip() for part in declaration.split(":", 1))
        if key == "font":  # such as 11px 'DejaVu Sans', ...: the page's own font, in this size
            key, value = "font-size", re.search(r"[\d.]+px", value)[0]
        if key != "font-family":
            found[key] = value.replace(INK, "currentColor")
    return found
