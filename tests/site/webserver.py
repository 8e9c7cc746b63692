"""Serves a built site as GitHub Pages does: under a folder, text compressed by gzip, fonts and images as they are."""

import contextlib
import gzip
import http.server
import mimetypes
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

PREFIX = "/course/"
COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/xml")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        file = Path(self.server.site) / path.removeprefix(PREFIX)
        if path.endswith("/"):
            file /= "index.html"
        found = path.startswith(PREFIX) and file.is_file()
        body = file.read_bytes() if found else b"not found"
        kind = (mimetypes.guess_type(file.name)[0] or "application/octet-stream") if found else "text/plain"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        if kind.startswith(COMPRESSED):
            body = gzip.compress(body, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a page that is closed while it loads drops its connections


@contextlib.contextmanager
def serve(site):
    """Serve the folder `site`; yield its address, which ends with a slash."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.site = site
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        finally:
            server.shutdown()
            thread.join()
