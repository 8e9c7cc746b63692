"""The index of misconceptions: the sentences with which the chapters begin their explanations, each a link.

The ``mistakes`` directive lists labels such as ``03-scale-omitted``, as feedback names them. A label without its
explanation fails the build, and so does an explanation that the index lists never or twice.
"""

import re
from collections import Counter

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger
from sphinx.util.nodes import make_refnode

logger = getLogger(__name__)
LABEL = re.compile(r"\d\d-[a-z0-9-]+")


class Mistakes(nodes.General, nodes.Element):
    """Placeholder: the chapters' sentences are known only when every page has been read."""


class MistakesDirective(SphinxDirective):
    has_content = True

    def run(self):
        labels = " ".join(self.content).split()
        for label in labels:
            if not LABEL.fullmatch(label):
                raise self.error(f"mistakes: {label!r} is no label: write labels such as 03-scale-omitted, separated by spaces")
        self.env.metadata[self.env.docname].setdefault("mistakes_listed", []).extend(labels)
        node = Mistakes(labels=labels)
        self.set_source_info(node)
        return [node]


def explained(doctree):
    """{label: the nodes of its sentence} of a page: paragraphs that begin **sentence** `[label]`."""
    found = {}
    for paragraph in doctree.findall(nodes.paragraph):
        strong, literal = ([child for child in paragraph.children if child.astext().strip()] + [None, None])[:2]
        if isinstance(strong, nodes.strong) and isinstance(literal, nodes.literal):
            if LABEL.fullmatch(label := literal.astext().strip("[]")):
                found[label] = [child.deepcopy() for child in strong.children]
    return found


def collect(app, doctree):
    if found := explained(doctree):
        app.env.metadata[app.env.docname]["mistakes"] = found


class ListMistakes(SphinxPostTransform):
    default_priority = 5

    def run(self, **kwargs):
        sentences = {label: children for fields in self.env.metadata.values()
                     for label, children in fields.get("mistakes", {}).items()}
        anchors = self.env.get_domain("std").anonlabels
        for node in list(self.document.findall(Mistakes)):
            items = nodes.bullet_list(classes=["mistakes"])
            for label in node["labels"]:
                if label not in sentences or label not in anchors:
                    logger.warning("mistakes: no chapter explains %s", label, location=node, type="mistakes")
                    continue
                inner = nodes.inline("", "", *(child.deepcopy() for child in sentences[label]))
                link = make_refnode(self.app.builder, self.env.docname, *anchors[label], inner)
                items += nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(" "), nodes.literal("", label)))
            node.replace_self(items)


def all_listed_once(app, env):
    """Every explanation is in the index, in one place."""
    listed = Counter(label for fields in env.metadata.values() for label in fields.get("mistakes_listed", []))
    if not listed:
        return
    for docname, fields in env.metadata.items():
        for label in fields.get("mistakes", {}):
            if listed[label] != 1:
                logger.warning("mistakes: the index lists %s %d times, expected once", label, listed[label], location=docname,
                               type="mistakes")


def pages_with_an_index(app, env):
    """The index shows other pages' sentences: write it anew whenever anything changed."""
    return [docname for docname, fields in env.metadata.items() if fields.get("mistakes_listed")]


def setup(app):
    app.add_node(Mistakes)
    app.add_directive("mistakes", MistakesDirective)
    app.add_post_transform(ListMistakes)
    app.connect("doctree-read", collect)
    app.connect("env-updated", pages_with_an_index)
    app.connect("env-check-consistency", all_listed_once)
