"""The home page's picture of the course: what builds on what, drawn from the pages that exist.

The ``course-map`` directive holds YAML: each line names a page (``/chapters/01_seq2seq``) or a target on a page
(``01-encoder``) and lists what it builds on. The words in the picture are the headings of those places, so that a
renamed heading or a translation needs no second edit, and a place that does not exist fails the build. So does a
chapter that is in the table of contents and not in the map, and a part that builds on a later one: the course could
not be read in order.

Each row carries its own strip of the drawing, stretched to the row's height, so that long headings may wrap on a
phone. The arrows are hidden from screen readers, which get the same facts as words behind each link.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.locale import get_translation
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger
from sphinx.util.nodes import make_refnode

logger = getLogger(__name__)
_ = get_translation("seq2vit")

LANE = 14  # px between two vertical lines
MARK = 9  # px from the right edge of the strip to the middle of a mark
SPREAD = 4  # px: arrows arrive this far above the middle of a row and leave as far below
ON = 104  # %: a line that goes on below its strip overlaps the next one, so that rounding leaves no gap
CHAPTER = re.compile(r"chapters/\d\d_\w+$")


class CourseMap(nodes.General, nodes.Element):
    """Placeholder: headings are known only when every page has been read."""


class CourseMapDirective(SphinxDirective):
    has_content = True

    def run(self):
        try:
            needs = yaml.safe_load("\n".join(self.content))
        except yaml.YAMLError as error:
            raise self.error(f"course-map: not YAML: {error}") from error
        if not isinstance(needs, dict) or not all(isinstance(v, list) for v in needs.values()):
            raise self.error("course-map: write one line a place, `place: [places it builds on]`")
        # The metadata of a page is purged and merged with it, also in parallel and incremental builds.
        self.env.metadata[self.env.docname]["course_map"] = True
        node = CourseMap(needs=needs)
        self.set_source_info(node)
        return [node]


class DrawCourseMap(SphinxPostTransform):
    default_priority = 5

    def run(self, **kwargs):
        for node in self.document.findall(CourseMap):
            node.replace_self(self.listing(node, node["needs"]))

    def listing(self, node, needs):
        places = {target: place for target in needs if (place := self.place(node, target))}
        order = {target: row for row, target in enumerate(places)}
        edges = []
        for target in places:
            for parent in needs[target]:
                if order.get(parent, len(order)) >= order[target]:
                    self.warn(node, f"{target} builds on {parent}, which does not stand before it in the map")
                else:
                    edges.append((order[parent], order[target]))
        missing = [d for d in self.env.found_docs if CHAPTER.fullmatch(d) and f"/{d}" not in needs]
        for docname in sorted(missing):
            self.warn(node, f"{docname} is a chapter of the book: say here what it builds on")

        titles = [title for _docname, _anchor, title in places.values()]
        strips = draw(len(places), edges)
        items = nodes.bullet_list(classes=["course-map"])
        for row, (target, (docname, anchor, title)) in enumerate(places.items()):
            link = make_refnode(self.app.builder, self.env.docname, docname, anchor, nodes.Text(title))
            words = nodes.paragraph("", "", link)
            parents = [titles[i] for i, j in edges if j == row]
            if parents:
                text = f" {_('builds on')}: {', '.join(parents)}"
                words += nodes.inline("", text, classes=["course-map-needs"])
            kind = "page" if target.startswith("/") else "part"
            items += nodes.list_item("", nodes.raw("", strips[row], format="html"), words, classes=[kind])
        return items

    def place(self, node, target):
        """(page, anchor, heading) of a target; None, with a warning, where there is no such place."""
        docname = target.removeprefix("/")
        if target.startswith("/") and docname in self.env.titles:
            return docname, "", self.env.titles[docname].astext()
        labels = self.env.get_domain("std").labels
        if not target.startswith("/") and labels.get(target, ("", "", ""))[2]:
            return labels[target]
        self.warn(node, f"no page and no heading is called {target}")
        return None

    def warn(self, node, message):
        logger.warning("course-map: %s", message, location=node, type="course-map")


def lanes(count, edges):
    """{source: (lane, last row)} of every source whose arrows skip a row; lane 0 is next to the marks."""
    taken, result = [], {}
    for source in range(count):
        ends = [target for i, target in edges if i == source and target > i + 1]
        if not ends:
            continue
        lane = next((k for k, last in enumerate(taken) if last < source), len(taken))
        taken[lane:lane + 1] = [max(ends)]
        result[source] = lane, max(ends)
    return result


def draw(count, edges):
    """One SVG strip a row: a straight arrow to the next row, a lane to the left for every later one."""
    lane_of = lanes(count, edges)
    width = LANE * (1 + max((lane for lane, _last in lane_of.values()), default=-1)) + 2 * MARK
    middle = width - MARK

    def line(x1, y1, x2, y2, dy=0):
        return f'<line x1="{x1}" y1="{y1}%" x2="{x2}" y2="{y2}%" transform="translate(0 {dy})"/>'

    def head(x, dy, points):  # y in percent has no place in a path: a nested svg carries the path to the middle
        return f'<svg y="50%" overflow="visible"><path d="M{x} {dy}{points}z"/></svg>'

    strips = []
    for row in range(count):
        parts = []
        if (row - 1, row) in edges:
            parts += [line(middle, 0, middle, 50), head(middle, -5, "l-4 -7h8")]
        if (row, row + 1) in edges:
            parts.append(line(middle, 50, middle, ON))
        for source, (lane, last) in lane_of.items():
            x = middle - LANE * (1 + lane)
            if source == row:
                parts += [line(x, 50, middle, 50, SPREAD), line(x, 50, x, ON, SPREAD)]
            elif source < row <= last:
                arrives = (source, row) in edges and row > source + 1  # the next row has its straight arrow
                parts.append(line(x, 0, x, 50 if row == last else ON, -SPREAD if row == last else 0))
                if arrives:
                    parts += [line(x, 50, middle - 6, 50, -SPREAD), head(middle - 4, -SPREAD, "l-7 -4v8")]
                    if row < last:
                        parts.append(f'<circle cx="{x}" cy="50%" r="2.5" transform="translate(0 {-SPREAD})"/>')
        parts.append(f'<circle class="dot" cx="{middle}" cy="50%" r="5"/>')
        strips.append(
            f'<span class="course-map-strip" style="width:{width}px" aria-hidden="true">'
            f'<svg width="100%" height="100%" focusable="false">{"".join(parts)}</svg></span>'
        )
    return strips


def pages_with_a_map(app, env):
    """A map shows other pages' headings: write it anew whenever anything changed."""
    return [docname for docname, fields in env.metadata.items() if fields.get("course_map")]


def setup(app):
    # "builds on" is in no page, so an edition in another language has it in locale/LANGUAGE/LC_MESSAGES/seq2vit.mo.
    app.add_message_catalog("seq2vit", str(Path(app.srcdir) / "locale"))
    app.add_node(CourseMap)
    app.add_directive("course-map", CourseMapDirective)
    app.add_post_transform(DrawCourseMap)
    app.connect("env-updated", pages_with_a_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
