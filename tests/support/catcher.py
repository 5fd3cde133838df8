"""catcher.py DIRECTORY: takes in notifications and keeps them for the tests to look at.

A webhook (every POST is answered with 200, one to /refuse with 403) writes its body to DIRECTORY/hook. An SMTP server takes
mail for everybody but nobody@example.test and writes commands and message to DIRECTORY/mail; it offers AUTH and no TLS.
Writes where it listens to DIRECTORY/http_port and DIRECTORY/smtp_port, prints "ready", and ends with the process that
started it."""

import http.server
import socketserver
import threading

from serving import DIRECTORY, stay


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(f"{DIRECTORY}/hook", "wb") as file:
            file.write(body)
        self.send_response(403 if self.path == "/refuse" else 200)
        self.end_headers()
        self.wfile.write(b"invalid_token" if self.path == "/refuse" else b"ok")

    def log_message(self, *_):
        pass


class Smtp(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 catcher")
        with open(f"{DIRECTORY}/mail", "wb") as self.file:
            while True:
                line = self.rfile.readline()
                if not line:
                    return
                self.file.write(line)
                self.file.flush()
                if self.answer(line.decode("utf-8", "replace").strip()):
                    return

    def answer(self, line):
        word = line.split(" ")[0].upper()
        if word == "EHLO":
            self.say("250-catcher")
            self.say("250 AUTH PLAIN")
        elif word == "RCPT" and "nobody@" in line:
            self.say("550 nobody of that name")
        elif word == "DATA":
            self.say("354 go on")
            for text in iter(self.rfile.readline, b".\r\n"):
                self.file.write(text)
            self.file.flush()
            self.say("250 taken")
        else:
            self.say("221 bye" if word == "QUIT" else "250 fine")
        return word == "QUIT"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def listen(name, handler):
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{DIRECTORY}/{name}_port", "w") as file:
        file.write(str(server.server_address[1]))


listen("http", Hook)
listen("smtp", Smtp)
stay()
