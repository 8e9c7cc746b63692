"""The doors of a page: open its assignment in Colab, download it, suggest a change."""

import os
import re
import tomllib
from html import escape
from pathlib import Path
from urllib.parse import quote

from sphinx.errors import ConfigError
from sphinx.locale import get_translation

from .assignments import release_of

_ = get_translation("seq2vit")


def repository(root):
    """Return `(address, branch)` of the repository from pyproject.toml; SEQ2VIT_REPOSITORY overrides the address.

    An empty address means that the course is not published: the doors that need it are left out.
    """
    file = Path(root) / "pyproject.toml"
    settings = tomllib.loads(file.read_text())["tool"]["seq2vit"] if file.exists() else {}
    address = os.environ.get("SEQ2VIT_REPOSITORY", settings.get("repository", ""))
    address = address.strip().removesuffix("/").removesuffix(".git")
    if address and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise ConfigError(f"the repository's address must read https://github.com/OWNER/NAME, not {address!r}: "
                          "mend [tool.seq2vit] in pyproject.toml, or SEQ2VIT_REPOSITORY")
    return address, settings.get("branch", "main")


def doors(source, release, address, branch):
    """List a page's doors.

    Args:
        source: the page's file, from the root, such as "chapters/01_seq2seq.md".
        release: the release notebook that belongs to the page, from the root, or None.
        address, branch: the repository's; an empty address leaves out what needs one.

    Returns:
        A list of dicts with `kind` ("colab", "download" or "suggest"), `text` and `href`; an `href` without a host is
        a path from the site's root.
    """
    found = []
    if release and address:
        place = address.removeprefix("https://github.com/")
        found.append({"kind": "colab", "text": _("Open the assignment in Colab"),
                      "href": f"https://colab.research.google.com/github/{place}/blob/{branch}/{release}"})
    if release:
        found.append({"kind": "download", "text": _("Download the assignment"), "href": release})
    if address:
        if source.startswith("assignments/"):  # generated from solutions/: an edit there would be lost
            title = quote(f"{source}: suggested change")
            href = f"{address}/issues/new?title={title}"
        else:
            href = f"{address}/edit/{branch}/{source}"
        found.append({"kind": "suggest", "text": _("Suggest a change"), "href": href})
    return found


def row(found, pathto):
    """Return the doors as one line of links; nothing if there are none."""
    if not found:
        return ""
    items = []
    for door in found:
        href = door["href"] if "://" in door["href"] else pathto(door["href"], resource=True)
        extra = " download" if door["kind"] == "download" else ""
        items.append(f'<li><a class="door-{door["kind"]}" href="{escape(href)}"{extra}>{escape(door["text"])}</a></li>')
    return f'<nav class="doors" aria-label="{_("This page")}"><ul>{"".join(items)}</ul></nav>'


def add_doors(app, pagename, templatename, context, doctree):
    if doctree is None:  # the search page: the build made it
        return
    source = Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()
    found = doors(source, release_of(app.srcdir, pagename), *app.config.seq2vit_repository)
    context["body"] = context["body"].replace("</h1>", "</h1>" + row(found, context["pathto"]), 1)


def setup(app):
    app.add_config_value("seq2vit_repository", ("", "main"), "html")
    app.connect("config-inited", lambda app, config: setattr(config, "seq2vit_repository", repository(app.srcdir)))
    app.connect("html-page-context", add_doors)
