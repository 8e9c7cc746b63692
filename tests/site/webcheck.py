"""What a page in the browser must keep. Each check returns a list of findings in words; an empty list is good news."""

from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


class Visit:
    """Opens pages in one browser tab and keeps what the tab asked for and complained of.

    Args:
        browser: playwright's.
        options: of the browser's context, such as `viewport` or `color_scheme`; storage and cache are empty.
    """

    def __init__(self, browser, width=1280, height=900, scheme="light", **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        self.page = self.context.new_page()
        self.console, self.requests, self.sizes = [], {}, {}
        self.page.on("console", lambda message: message.type in {"error", "warning"} and self.console.append(
            f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"exception: {error}"))
        network = self.context.new_cdp_session(self.page)
        network.on("Network.requestWillBeSent", self._asked)
        network.on("Network.loadingFinished", self._got)
        network.send("Network.enable")

    def _asked(self, event):
        self.requests[event["requestId"]] = (event["request"]["url"], event.get("type", ""))

    def _got(self, event):
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    def open(self, address):
        self.page.goto(address, wait_until="networkidle")
        return self.page

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()

    def foreign(self):
        """List the requests to another host."""
        own = urlsplit(self.page.url).netloc
        return [url for url, _ in self.requests.values()
                if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != own]

    def weight(self):
        """Return `(bytes, images)`: compressed bytes transferred without and within the page's content images."""
        images = {request for request, (url, _) in self.requests.items() if "/_images/" in url}
        total = sum(self.sizes.values())
        content = sum(size for request, size in self.sizes.items() if request in images)
        return total - content, content


def axe(page, context=None):
    """List the violations of WCAG 2.1 A and AA that axe-core finds on the page, or in the element `context`."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "([context, tags]) => axe.run(context || document, {runOnly: {type: 'tag', values: tags},"
        " resultTypes: ['violations']})", [context, WCAG])
    return [f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary'].split(chr(10))[-1].strip()}"
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
    """List the images without words: no alternative text, a file's name, or less than a few words for content."""
    return page.evaluate("""() => {
      const file = (image) => (image.currentSrc || image.src).split("/").pop().split("?")[0];
      const name = (image) => image.alt.trim();
      return [...document.images].filter((image) => {
        if (image.closest(".navbar-brand")) return false; // the name stands beside the mark
        const said = name(image);
        return said.split(/\\s+/).length < 3 || /\\.(png|svg|jpe?g|gif|webp)$/i.test(said) ||
          said === file(image) || said === file(image).replace(/\\.\\w+$/, "") || said.includes("/");
      }).map((image) => `${file(image)}: ${JSON.stringify(image.alt)}`);
    }""")


def broken(page, site, address):
    """List the internal links of the page that lead to no file, or to no element of it.

    Args:
        site: the folder of the built site.
        address: what it is served under.
    """
    links = page.evaluate("() => Array.from(document.querySelectorAll('a[href]'), (a) => [a.href, a.getAttribute('href')])")
    found = []
    for href, written in links:
        if not href.startswith(address):
            if written.startswith(("http:", "https:", "mailto:")):
                continue
            found.append(f"{written}: leads out of the site")
            continue
        path, _, fragment = href.removeprefix(address).partition("#")
        path = path.partition("?")[0] or "index.html"
        if not (site / path).is_file():
            found.append(f"{written}: no such file")
        elif fragment and fragment not in anchors(site / path):
            found.append(f"{written}: no such place on the page")
    return found


def anchors(file, known={}):  # noqa: B006  (a cache: a page's anchors do not change during a run)
    """Return the ids on the page in `file`."""
    import re

    key = (file, file.stat().st_mtime_ns)
    if key not in known:
        known[key] = set(re.findall(r'\bid="([^"]+)"', file.read_text())) | {""}
    return known[key]


def unfold(page):
    """Open everything that is folded: details, and the admonitions that a button opens."""
    page.evaluate("""() => {
      document.querySelectorAll("details").forEach((node) => { node.open = true; });
      document.querySelectorAll(".toggle-hidden > .toggle-button, button.toggle-button-hidden").forEach(
        (button) => button.click());
    }""")
