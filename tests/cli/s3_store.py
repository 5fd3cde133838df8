"""s3_store.py DIR: a store on 127.0.0.1 that keeps what is PUT below DIR and refuses a body whose digest is not the
one that was signed. Writes its port to DIR/port and the names in their order to DIR/order; while there is a file
DIR/corrupt, a byte of each body changes before it is looked at."""

import hashlib
import http.server
import os
import sys
import urllib.parse

ROOT = sys.argv[1]


class Store(http.server.BaseHTTPRequestHandler):
    def path_here(self):
        return os.path.join(ROOT, urllib.parse.unquote(self.path).lstrip("/"))

    def answer(self, status, text=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_HEAD(self):
        self.answer(200 if os.path.exists(self.path_here()) else 404)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if os.path.exists(os.path.join(ROOT, "corrupt")):
            body = bytes([body[0] ^ 1]) + body[1:]
        if hashlib.sha256(body).hexdigest() != self.headers["x-amz-content-sha256"]:
            return self.answer(400, b"XAmzContentSHA256Mismatch")
        os.makedirs(os.path.dirname(self.path_here()), exist_ok=True)
        with open(self.path_here(), "wb") as file:
            file.write(body)
        with open(os.path.join(ROOT, "order"), "a") as order:
            order.write(os.path.basename(self.path_here()) + " ")
        return self.answer(200)

    def log_message(self, *_):
        pass


os.makedirs(ROOT, exist_ok=True)
server = http.server.HTTPServer(("127.0.0.1", 0), Store)
with open(os.path.join(ROOT, "port"), "w") as file:
    file.write(str(server.server_port))
print("listening", flush=True)
server.serve_forever()
