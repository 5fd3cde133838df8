"""What the servers of the tests share. python3 NAME.py DIRECTORY keeps its files in DIRECTORY, prints "ready", and ends with
the process that started it."""

import os
import sys
import threading
import time
from http.server import ThreadingHTTPServer

DIRECTORY = sys.argv[1]
STARTED_BY = os.getppid()


def path_of(name):
    return os.path.join(DIRECTORY, name)


def read(name, otherwise=""):
    try:
        with open(path_of(name)) as file:
            return file.read()
    except FileNotFoundError:
        return otherwise


def stay():
    print("ready", flush=True)
    while os.getppid() == STARTED_BY:
        time.sleep(0.2)


def serve(handler):
    """At a port that is then in DIRECTORY/port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(path_of("port"), "w") as file:
        file.write(str(server.server_address[1]))
    stay()
