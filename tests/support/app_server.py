"""app_server.py DIRECTORY: an application behind a router, for the tests of runbooks. Writes its port to `port` in
DIRECTORY and prints "ready".

Files in DIRECTORY, read at every request, say how it is: while `maintenance` is there the router answers 503 to
everything; a line "PATH STATUS" of `broken` is what that path answers; `paths` lists those that exist, one a line; a line
"PATH TOKEN" of `tokens` is the bearer token that the path asks for, and what came is in its answer; `posted` is the last
body of a POST. What is below /v2/ is DigitalOcean's API, and answers in maintenance too.
Each request is a line of `requests.log`. It ends with the process that started it."""

import json
import os
from http.server import BaseHTTPRequestHandler

from serving import path_of, read, serve

DEFAULT_PATHS = "/\n/health\n/api/health\n/api/payments"


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def status(self, path):
        if os.path.exists(path_of("maintenance")) and not path.startswith("/v2/"):
            return 503
        for line in read("broken").splitlines():
            wanted, status = line.split()
            if wanted == path:
                return int(status)
        for line in read("tokens").splitlines():
            wanted, token = line.split()
            if wanted == path and self.headers.get("Authorization") != f"Bearer {token}":
                return 401
        return 200 if path in read("paths", DEFAULT_PATHS).split() else 404

    def do_GET(self):
        path = self.path.partition("?")[0]
        status = self.status(path)
        answer = {"status": "ok" if status == 200 else "failed", "path": path}
        if self.headers.get("Authorization"):
            answer["authorization"] = self.headers["Authorization"]
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        with open(path_of("posted"), "wb") as file:
            file.write(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.do_GET()

    def log_message(self, _, *values):
        with open(path_of("requests.log"), "a") as file:
            file.write(" ".join(str(value) for value in values) + "\n")


serve(Application)
