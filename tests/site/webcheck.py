"""What a page in the browser must keep. Each check returns a list of findings in words; an empty list is good news."""

import functools
import re
from pathlib import Path
from urllib.parse import urlsplit

from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LIMIT = 250_000  # bytes that a first visit may transfer, content images aside
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def pages():
    """Return the pages of the site as files: those of the table of contents, and the search."""
    return [*sorted(f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")), "search.html"]


class Visit:
    """Opens pages in one browser tab and keeps what the tab asked for and complained of.

    Args:
        browser: playwright's.
        width, height, scheme: of the screen; storage and cache are empty.
        options: more of playwright's for a browser context.
    """

    def __init__(self, browser, width=1280, height=900, scheme="light", **options):
        # Colours that fade from one mode to the other would be measured on the way.
        options.setdefault("reduced_motion", "reduce")
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        self.page = self.context.new_page()
        self.console, self.requests, self.sizes = [], {}, {}
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.console.append(f"exception: {error}"))
        self.network = self.context.new_cdp_session(self.page)
        self.network.on("Network.requestWillBeSent", self._asked)
        self.network.on("Network.loadingFinished", self._got)
        self.network.send("Network.enable")

    def _said(self, message):
        if message.type in {"error", "warning"}:
            self.console.append(f"{message.type}: {message.text}")

    def _asked(self, event):
        self.requests[event["requestId"]] = event["request"]["url"]

    def _got(self, event):
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    def open(self, address, until="load"):
        """Go to `address`, wait until the page is loaded (or as playwright's `until` says), and return the page."""
        self.page.goto(address, wait_until=until)
        self.page.evaluate("() => document.fonts.ready.then(() => true)")
        return self.page

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()

    def foreign(self):
        """List the requests to another host."""
        own = urlsplit(self.page.url).netloc
        return [url for url in self.requests.values()
                if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != own]

    def weight(self):
        """Return `(bytes, images)`: what was transferred, compressed, without and for the page's content images."""
        images = sum(size for request, size in self.sizes.items() if "/_images/" in self.requests[request])
        return sum(self.sizes.values()) - images, images


def fallbacks(visit):
    """List the formulas' letters and the icons that the shipped fonts lack, so that a font of the reader's computer
    stood in. Asks the browser which font really drew each kind of text."""
    probes = visit.page.evaluate("""() => {
      const found = [], seen = new Set();
      const probe = (node, text, style, kind) => {
        const key = [text, style.fontFamily, style.fontWeight, style.fontStyle].join();
        if (!text.trim() || !node.getClientRects().length || seen.has(key)) return;
        seen.add(key);
        node.dataset.probe = found.length;
        found.push([kind, kind === "icon" ? node.className : text]);
      };
      for (const node of document.querySelectorAll(".katex-html *")) {
        const own = [...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data);
        probe(node, own.join("").replaceAll("\\u200b", ""), getComputedStyle(node), "letter");
      }
      for (const node of document.querySelectorAll("[class*='fa-'], .admonition-title"))
        for (const pseudo of ["::before", "::after"]) {
          const style = getComputedStyle(node, pseudo);
          if (style.fontFamily.includes("Awesome") && !["none", '""'].includes(style.content))
            probe(node, style.content, style, "icon");
        }
      return found;
    }""")
    send = visit.network.send
    send("DOM.enable")
    send("CSS.enable")
    root = send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = []
    for number, (kind, text) in enumerate(probes):
        node = send("DOM.querySelector", {"nodeId": root, "selector": f'[data-probe="{number}"]'})
        fonts = send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})["fonts"]
        # An icon may stand beside words, which the reader's own fonts draw.
        if not (any if kind == "icon" else all)(font["isCustomFont"] for font in fonts):
            found.append(f"{kind} {text!r} is drawn in {[font['familyName'] for font in fonts]}")
    return found


def axe(page, context=None):
    """List the violations of WCAG 2.1 A and AA that axe-core finds on the page, or in the element `context`."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=str(AXE))
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = page.evaluate("([context, options]) => axe.run(context || document, options)", [context, options])
    return [f"{violation['id']}: {node['target']}: {node['failureSummary'].splitlines()[-1].strip()}"
            for violation in found["violations"] for node in violation["nodes"]]


def sideways(page):
    """List what makes the page wider than the screen, if it scrolls sideways."""
    return page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      const clipped = (node) => { // inside something that scrolls or hides by itself
        for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
          if (getComputedStyle(up).overflowX !== "visible") return true;
        return false;
      };
      const wide = [...document.body.querySelectorAll("*")].filter(
        (node) => node.getBoundingClientRect().right > width + 0.5 && !clipped(node));
      return [`scrolls sideways: ${document.documentElement.scrollWidth} > ${width}`,
              ...wide.slice(0, 5).map((node) => `${node.tagName} .${node.className}`)];
    }""")


def unsaid(page):
    """List the images without words: no alternative text, a file's name, or fewer than three words."""
    return page.evaluate("""() => [...document.images].filter((image) => {
      if (image.closest(".navbar-brand")) return false; // the name stands beside the mark
      const file = image.src.split("/").pop().split("?")[0], said = image.alt.trim();
      return said.split(/\\s+/).length < 3 || /\\.(png|svg|jpe?g|gif|webp)$/i.test(said) || said === file;
    }).map((image) => `${image.src}: ${JSON.stringify(image.alt)}`)""")


def dim(page):
    """List the page's images that do not stand on a light card: what is drawn on white cannot be read on black."""
    return page.evaluate("""() => [...document.querySelectorAll("article img")].filter((image) => {
      if (image.matches(".only-dark, .dark-light") || !image.getClientRects().length) return false;
      const style = getComputedStyle(image), [r, g, b, a = 1] = style.backgroundColor.match(/[\\d.]+/g).map(Number);
      return style.filter !== "none" || a < 1 || Math.min(r, g, b) < 230;
    }).map((image) => `${image.src}: no light card`)""")


@functools.cache
def anchors(file, changed):
    """Return the ids on the page in `file`, last changed at `changed`."""
    return set(re.findall(r'\bid="([^"]+)"', file.read_text()))


def broken(page, site, address):
    """List the internal links of the page that lead to no file, or to no element of it.

    Args:
        site: the folder of the built site.
        address: what it is served under.
    """
    links = page.evaluate("() => Array.from(document.querySelectorAll('a[href]'), (link) => link.href)")
    found = []
    for href in links:
        if not href.startswith(address):
            if href.startswith(("http://127.0.0.1", "file:")):
                found.append(f"{href}: leads out of the site")
            continue
        path, _, fragment = href.removeprefix(address).partition("#")
        file = site / (path.partition("?")[0] or "index.html")
        if not file.is_file():
            found.append(f"{href}: no such file")
        elif fragment and fragment not in anchors(file, file.stat().st_mtime_ns):
            found.append(f"{href}: no such place on the page")
    return found


def switch(page, theme, **media):
    """Change what the browser prefers, and wait until the page has followed to `theme`, light or dark."""
    page.emulate_media(**media)
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)


def unfold(page):
    """Open everything that is folded: details, and the admonitions that a button opens."""
    page.evaluate("""() => {
      document.querySelectorAll("details").forEach((node) => { node.open = true; });
      document.querySelectorAll("button.toggle-button-hidden").forEach((button) => button.click());
    }""")
