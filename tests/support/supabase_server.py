"""supabase_server.py DIRECTORY: an application on Supabase, and the part of Supabase's Management API that has logs. Writes
its port to DIRECTORY/port and prints "ready". Files in DIRECTORY are read at every request:

  url          the database; /api/objects and /api/chakai answer with rows that the role anon sees there
  maintenance  while it is there the application answers 503; POST and DELETE on /admin/maintenance make and remove it,
               with the bearer token of `token`, and add a line to maintenance.log
  broken       a line "PATH STATUS" is what that path answers
  told         the texts that were posted to /hooks/..., a chat's webhook, one a line
  logs.json    [{"source", "timestamp", "event_message"}]: what the logs of the project hold

It ends with the process that started it."""

import json
import os
import re
import subprocess
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from serving import path_of, read, serve

ROWS = {"/api/objects": "objects", "/api/chakai": "chakai"}


def rows_seen_by_anon(table, limit):
    sql = (f"SET ROLE anon; SELECT coalesce(json_agg(t), '[]') FROM (SELECT id, title FROM {table} ORDER BY id "
           f"LIMIT {int(limit)}) t")
    result = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql, read("url").strip()],
                            capture_output=True, text=True)
    return (200, result.stdout.strip()) if result.returncode == 0 else (500, json.dumps({"error": result.stderr}))


def note(line):
    with open(path_of("maintenance.log"), "a") as file:
        file.write(line + "\n")


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def may(self):
        return self.headers.get("Authorization") == "Bearer " + read("token").strip()

    def maintenance(self, method):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.may():
            return self.answer(401, '{"error": "who are you?"}')
        if method == "POST":
            open(path_of("maintenance"), "w").close()
            note("on")
        elif method == "DELETE" and os.path.exists(path_of("maintenance")):
            os.remove(path_of("maintenance"))
            note("off")
        self.answer(200, json.dumps({"maintenance": os.path.exists(path_of("maintenance"))}))

    def chat(self):
        text = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))["text"]
        with open(path_of("told"), "a") as file:
            file.write(text + "\n")
        self.answer(200, "{}")

    def logs(self, query):
        if not self.may():
            return self.answer(401, '{"message": "Unauthorized"}')
        source = re.search(r"source = '(\w+)'", query.get("sql", [""])[0]).group(1)
        lines = [each for each in json.loads(read("logs.json", "[]")) if each["source"] == source]
        self.answer(200, json.dumps({"result": lines, "error": None}))

    def get(self, path, query):
        for line in read("broken").splitlines():
            wanted, status = line.split()
            if wanted == path:
                return self.answer(int(status), '{"status": "failed"}')
        if os.path.exists(path_of("maintenance")):
            return self.answer(503, '{"status": "maintenance"}')
        if path in ROWS:
            return self.answer(*rows_seen_by_anon(ROWS[path], query.get("limit", ["20"])[0]))
        return self.answer(200, '{"status": "ok"}') if path == "/api/health" else self.answer(404, "{}")

    def handle_request(self, method):
        parts = urlsplit(self.path)
        if parts.path == "/admin/maintenance":
            self.maintenance(method)
        elif method == "POST" and parts.path.startswith("/hooks/"):
            self.chat()
        elif re.fullmatch(r"/v1/projects/\w+/analytics/endpoints/logs", parts.path):
            self.logs(parse_qs(parts.query))
        else:
            self.get(parts.path, parse_qs(parts.query))

    def do_GET(self):
        self.handle_request("GET")

    def do_POST(self):
        self.handle_request("POST")

    def do_DELETE(self):
        self.handle_request("DELETE")

    def log_message(self, *_):
        pass


serve(Application)
