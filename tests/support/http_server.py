"""http_server.py DIRECTORY: a real HTTP server for the tests, with TLS, that also lies, breaks off and never ends.

Makes its certificates in DIRECTORY, writes to ports.json there where it listens, prints "ready", and ends with the process
that started it. Everything is on 127.0.0.1. HTTP/2 is nghttpd's."""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from email.utils import formatdate
from urllib.parse import parse_qs, quote, unquote, urlsplit

from serving import DIRECTORY, stay

FIRST_SEEN = {}  # what a path with a state of its own knows: when it was first asked for, and how often
SEEN_COUNT = {}
LOCK = threading.Lock()
PROXY_USER = base64.b64encode(b"proxy user:proxy password").decode()
AWS_SECRET = "aws/secret+key"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=DIRECTORY, check=True, stdout=subprocess.DEVNULL)


def make_key(name):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")


def make_self_signed(name, *extensions):
    make_key(name)
    added = [part for extension in extensions for part in ("-addext", extension)]
    openssl("req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-days", "2", *added, "-out", f"{name}.pem")


def write(name, text):
    with open(f"{DIRECTORY}/{name}", "w") as file:
        file.write(text)


def make_signed(name, host, end="20491231235959Z"):
    make_key(name)
    write(f"{name}.ext", f"subjectAltName={host}\n")
    openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
    openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-startdate",
            "20200101000000Z", "-enddate", end, "-extfile", f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.pem")


def make_certificates():
    write("ca.conf", "[ca]\ndefault_ca = it\n[it]\nnew_certs_dir = .\ndatabase = ca.index\ndefault_md = sha256\n"
          "rand_serial = yes\npolicy = any\n[any]\ncommonName = supplied\n")
    write("ca.index", "")
    make_self_signed("ca", "basicConstraints=critical,CA:TRUE")
    make_self_signed("self", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    make_signed("good", "DNS:localhost,IP:127.0.0.1")
    make_signed("expired", "DNS:localhost,IP:127.0.0.1", "20200102000000Z")
    make_signed("elsewhere", "DNS:elsewhere.test")
    make_signed("client", "DNS:client.test")
    openssl("ec", "-in", "client.key", "-aes128", "-passout", "pass:key password", "-out", "locked.key")


class Gone(Exception):
    """The connection is over."""


class Connection:
    """One client. `number` tells connections of a listener apart."""

    def __init__(self, stream, number):
        self.stream, self.number, self.unread = stream, number, b""

    def more(self):
        piece = self.stream.recv(65536)
        if not piece:
            raise Gone
        self.unread += piece

    def read_until(self, end):
        while end not in self.unread:
            self.more()
        found, self.unread = self.unread.split(end, 1)
        return found

    def read(self, count):
        while len(self.unread) < count:
            self.more()
        found, self.unread = self.unread[:count], self.unread[count:]
        return found

    def send(self, data):
        self.stream.sendall(data if isinstance(data, bytes) else data.encode())

    def reset(self):
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


class Request:
    def __init__(self, connection):
        lines = connection.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        url = urlsplit(self.target)
        self.path, self.query = url.path, {name: values[0] for name, values in parse_qs(url.query).items()}
        self.raw_query = url.query
        if self.header("expect") == "100-continue":
            connection.send("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
        self.body = b"" if self.path == "/length" else self.read_body(connection)

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def read_body(self, connection):
        if self.header("transfer-encoding") == "chunked":
            body = b""
            while size := int(connection.read_until(b"\r\n"), 16):
                body += connection.read(size)
                connection.read(2)
            connection.read(2)
            return body
        return connection.read(int(self.header("content-length") or 0))


def answer(connection, status=200, body="", *headers, method="GET"):
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'Other'}", f"Content-Length: {len(data)}", *headers]
    connection.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else data))


def echo(connection, request):
    seen = {"method": request.method, "target": request.target, "headers": {k.lower(): v for k, v in request.headers},
            "names": [k for k, _ in request.headers], "body": request.body.decode("latin-1"), "connection": connection.number}
    answer(connection, 200, json.dumps(seen), "Content-Type: application/json", method=request.method)


def digest(connection, request):
    seen = {"size": len(request.body), "sha256": hashlib.sha256(request.body).hexdigest(), "method": request.method}
    answer(connection, 200, json.dumps(seen))


def status(connection, request):
    code = int(request.path.split("/")[2])
    answer(connection, code, request.query.get("body", f"status {code}"), method=request.method)


def length(connection, request):
    """Counts a body without keeping it."""
    expected = int(request.header("content-length"))
    count, connection.unread = len(connection.unread), b""
    while count < expected:
        connection.more()
        count, connection.unread = count + len(connection.unread), b""
    answer(connection, 200, str(count))


def headers(connection, request):
    answer(connection, 200, "", "X-One: 1", "X-Twice: a", "X-Twice: b", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "X-Empty:")


def big(connection, request):
    answer(connection, 200, b"x" * int(request.query["size"]))


def zeros(connection, request):
    left = int(request.query["size"])
    connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n")
    while left:
        piece = min(left, 1 << 20)
        connection.send(bytes(piece))
        left -= piece


def slow(connection, request):
    time.sleep(int(request.query["ms"]) / 1000)
    answer(connection, 200, "late")


def stall(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x" * 400)
    time.sleep(int(request.query.get("ms", 30000)) / 1000)
    raise Gone


def drip(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.send("x")
        time.sleep(0.05)


def cut(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + "x" * 40)
    raise Gone


def cut_chunked(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nonly a part")
    raise Gone


def more_than_said(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright, and then HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlie")


def until_closed(connection, request):
    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nno length")
    raise Gone


def endless(connection, request):
    connection.send("HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.send(b"x" * 65536)


def endless_headers(connection, request):
    connection.send("HTTP/1.1 200 OK\r\n")
    while True:
        connection.send("X-More: " + "x" * 1000 + "\r\n")


def endless_interim(connection, request):
    while True:
        connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


def garbage(connection, request):
    connection.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    raise Gone


def bad_status_line(connection, request):
    connection.send("HTTP/1.1 abc What\r\n\r\n")
    raise Gone


def close(connection, request):
    raise Gone


def reset(connection, request):
    connection.reset()


def redirect(connection, request):
    answer(connection, int(request.query.get("status", 302)), "moved", f"Location: {request.query['to']}")


def hops(connection, request):
    left = int(request.path.split("/")[2])
    if left == 0:
        return answer(connection, 200, "arrived")
    answer(connection, 302, "", f"Location: /hops/{left - 1}")


def circle(connection, request):
    answer(connection, 302, "", "Location: " + ("/circle/b" if request.path.endswith("a") else "/circle/a"))


def seen_before(request):
    with LOCK:
        SEEN_COUNT[request.path] = SEEN_COUNT.get(request.path, 0) + 1
        return SEEN_COUNT[request.path] - 1


def age_ms(request):
    with LOCK:
        return (time.monotonic() - FIRST_SEEN.setdefault(request.path, time.monotonic())) * 1000


def flaky(connection, request):
    """The first `times` requests for a path fail: with `status`, or without an answer."""
    count = seen_before(request)
    if count >= int(request.query["times"]):
        return answer(connection, 200, f"after {count}")
    if "status" not in request.query:
        raise Gone
    after = request.query.get("after")
    date = request.query.get("date")
    extra = [f"Retry-After: {after}"] if after else []
    if date:
        extra = [f"Retry-After: {formatdate(time.time() + int(date), usegmt=True)}"]
    answer(connection, int(request.query["status"]), "not now", *extra)


def comes_up(connection, request):
    answer(connection, 200 if age_ms(request) >= int(request.query["ms"]) else 503, "state of " + request.path)


def goes_down(connection, request):
    answer(connection, 503 if age_ms(request) >= int(request.query["ms"]) else 200, "state of " + request.path)


def count(connection, request):
    with LOCK:
        answer(connection, 200, str(SEEN_COUNT.get(unquote(request.query["path"]), 0)))


def basic(connection, request):
    expected = "Basic " + base64.b64encode("ann:pass:wörd".encode()).decode()
    answer(connection, 200 if request.header("authorization") == expected else 401, "who?", 'WWW-Authenticate: Basic realm="x"')


def signed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def aws_signature(request, scope, names):
    """What the signature of an S3 request has to be (AWS Signature Version 4), worked out from what arrived."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, values in
                   parse_qs(request.raw_query, keep_blank_values=True).items() for value in values)
    canonical = [request.method, quote(unquote(request.path), safe="/-_.~"), "&".join("=".join(pair) for pair in pairs)]
    canonical += [f"{name}:{' '.join(request.header(name).split())}" for name in names]
    canonical += ["", ";".join(names), request.header("x-amz-content-sha256")]
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = ("AWS4" + AWS_SECRET).encode()
    for part in scope:
        key = signed(key, part)
    text = "\n".join(["AWS4-HMAC-SHA256", request.header("x-amz-date"), "/".join(scope), hashed])
    return signed(key, text).hex(), "\n".join(canonical)


def s3(connection, request):
    given = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$",
                     request.header("authorization") or "")
    if not given:
        return answer(connection, 403, "no signature: " + str(request.header("authorization")))
    scope, names = given[2].split("/"), given[3].split(";")
    expected, canonical = aws_signature(request, scope, names)
    sent = request.header("x-amz-content-sha256")
    if not hmac.compare_digest(expected, given[4]):
        return answer(connection, 403, "the signature is wrong for:\n" + canonical)
    if sent not in (hashlib.sha256(request.body).hexdigest(), "UNSIGNED-PAYLOAD"):
        return answer(connection, 400, "the hash is not that of the body")
    answer(connection, 200, json.dumps({"key": given[1], "scope": scope, "signed": names, "size": len(request.body)}))


ROUTES = {
    "echo": echo, "digest": digest, "status": status, "length": length, "headers": headers, "big": big, "zeros": zeros,
    "slow": slow, "stall": stall,
    "drip": drip, "cut": cut, "cut-chunked": cut_chunked, "more-than-said": more_than_said, "until-closed": until_closed,
    "endless": endless, "endless-headers": endless_headers, "endless-interim": endless_interim, "garbage": garbage,
    "bad-status-line": bad_status_line, "close": close, "reset": reset, "redirect": redirect, "hops": hops, "circle": circle,
    "flaky": flaky, "comes-up": comes_up, "goes-down": goes_down, "count": count, "basic": basic, "s3": s3,
}


def serve(connection):
    connection.more()
    if connection.unread[0] == 0x16:  # a TLS handshake: answered as servers do that speak none
        connection.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        raise Gone
    while True:
        request = Request(connection)
        route = ROUTES.get(request.path.split("/")[1])
        if route:
            route(connection, request)
        else:
            answer(connection, 404, "no such page", method=request.method)


def serve_proxy(connection):
    request = Request(connection)
    given = request.header("proxy-authorization")
    if given is not None and given != f"Basic {PROXY_USER}":
        return answer(connection, 407, "who?", "Proxy-Authenticate: Basic realm=\"x\"")
    if request.method != "CONNECT":
        seen = {"target": request.target, "headers": {k.lower(): v for k, v in request.headers}}
        return answer(connection, 200, json.dumps(seen), "Via: 1.1 test")
    host, port = request.target.split(":")
    with socket.create_connection((host, int(port))) as server:
        connection.send("HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=pump, args=(server, connection.stream), daemon=True).start()
        pump(connection.stream, server)


def pump(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve_deaf(connection):
    """Reads the head of a request, and of its body nothing."""
    connection.read_until(b"\r\n\r\n")
    time.sleep(30)


def serve_silence(connection):
    time.sleep(30)


def accept(listener, context, work):
    number = 0
    while True:
        stream, _ = listener.accept()
        number += 1
        threading.Thread(target=handle, args=(stream, number, context, work), daemon=True).start()


def handle(stream, number, context, work):
    try:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            stream = context.wrap_socket(stream, server_side=True)
        work(Connection(stream, number))
    except (Gone, OSError):
        pass
    finally:
        stream.close()


def listen(work=serve, certificate=None, client_ca=None):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{DIRECTORY}/{certificate}.pem", f"{DIRECTORY}/{certificate}.key")
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{DIRECTORY}/{client_ca}.pem")
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=accept, args=(listener, context, work), daemon=True).start()
    return listener.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


KEPT = []  # sockets that live as long as the server


def full_port():
    """A port whose queue is full: who connects hears nothing."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    KEPT.append(listener)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        KEPT.append(waiting)
    return listener.getsockname()[1]


def start_nghttpd(*arguments):
    port = free_port()
    os.makedirs(f"{DIRECTORY}/h2", exist_ok=True)
    write("h2/hello", "over HTTP/2\n")
    files = [] if "--no-tls" in arguments else [f"{DIRECTORY}/good.key", f"{DIRECTORY}/good.pem"]
    command = ["nghttpd", "--address=127.0.0.1", f"--htdocs={DIRECTORY}/h2", *arguments, str(port), *files]
    KEPT.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return port
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nghttpd does not start")


def main():
    make_certificates()
    ports = {
        "http": listen(), "https": listen(certificate="good"), "expired": listen(certificate="expired"),
        "elsewhere": listen(certificate="elsewhere"), "self_signed": listen(certificate="self"),
        "client_auth": listen(certificate="good", client_ca="ca"), "proxy": listen(serve_proxy), "deaf": listen(serve_deaf),
        "silent": listen(serve_silence), "full": full_port(), "closed": free_port(),
    }
    ports["h2"], ports["h2c"] = start_nghttpd(), start_nghttpd("--no-tls")
    write("ports.json", json.dumps(ports))
    try:
        stay()
    finally:
        for kept in KEPT:
            if isinstance(kept, subprocess.Popen):
                kept.kill()
                kept.wait()


main()
