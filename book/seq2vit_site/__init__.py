"""The site's own Sphinx extension: what Jupyter Book and its theme do not do by themselves.

One module per concern; `setup` below is the table of contents.
"""

from pathlib import Path

from . import assets, assignments, doors, execution, formulas, images, markup, mistakes

BOOK = Path(__file__).resolve().parents[1]


def settings(app, config):
    """Add this book's folders and theme options. Options given in `_config.yml` would replace Jupyter Book's own."""
    config.templates_path.insert(0, str(BOOK / "templates"))
    config.html_static_path.append(str(BOOK / "static"))
    config.html_theme_options.update(
        use_download_button=False,  # it offers the page's source; the doors offer the assignment
        use_fullscreen_button=False,
        toc_title="On this page",
        search_bar_text="Search the course",
        show_toc_level=2,
        navbar_persistent=[],  # the search button stands in the sidebar and in the page's header
        article_footer_items=[],
        logo={"text": config.project, "image_light": "_static/logo.svg", "image_dark": "_static/logo.svg"},
        pygments_light_style="a11y-high-contrast-light",
        pygments_dark_style="a11y-high-contrast-dark",
    )
    config.html_context["default_mode"] = "auto"


def setup(app):
    app.connect("config-inited", settings, priority=100)
    app.add_message_catalog("seq2vit", str(BOOK.parent / "locale"))  # for editions in other languages
    for part in (execution, formulas, images, assignments, doors, markup, mistakes, assets):
        part.setup(app)
    return {"version": execution.digest([BOOK], BOOK), "parallel_read_safe": True, "parallel_write_safe": False}
