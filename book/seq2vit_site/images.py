"""Every image says in words what to see in it. Without this check a computed figure's alternative text would be its
file name, which no accessibility checker notices."""

from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)


def check_alt(app, doctree, docname):
    for image in doctree.findall(nodes.image):
        alt = (image.get("alt") or "").strip()
        names = {Path(image["uri"]).name, Path(image["uri"]).stem, image["uri"]}
        if len(alt.split()) < 3 or alt in names or Path(alt).suffix in {".png", ".svg", ".jpg"}:
            logger.warning(
                "image without alternative text (%r): give the cell `mystnb: {image: {alt: ...}}`, or the figure "
                "`:alt:`", alt or image["uri"], location=image if image.line else docname)


def setup(app):
    app.connect("doctree-resolved", check_alt)
