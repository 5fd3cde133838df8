"""A TCP proxy before a PostgreSQL server that reads the client's messages and cuts the connection (RST) at one of them."""

import re
import select
import socket
import struct
import threading

COMMIT = re.compile(rb"\bcommit;?\s*\0", re.IGNORECASE)  # at the end of a statement


def statement(message):
    return message[:1] in (b"Q", b"P")


def commit(message):
    return statement(message) and COMMIT.search(message) is not None


class CuttingProxy:
    """Cuts at message number `nth` of those that `wanted` holds of: `before` it is forwarded, or when its answer, which
    the client does not get, has come back."""

    def __init__(self, server_port, wanted, nth, before):
        self.server_port, self.wanted, self.nth, self.before = server_port, wanted, nth, before
        self.seen, self.struck, self.counting = 0, False, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                return
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._link, args=(client, server), daemon=True).start()

    def _link(self, client, server):
        try:
            self._forward(client, server)
        except OSError:
            pass
        client.close()
        server.close()

    def _forward(self, client, server):
        unread, started, muted = b"", False, False
        while True:
            for side in select.select([client, server], [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                if side is server:
                    if muted:
                        return reset(client)
                    client.sendall(data)
                    continue
                unread += data
                while len(unread) >= 5 + (not started) * 3:
                    size = struct.unpack_from("!I", unread, started)[0] + started
                    if len(unread) < size:
                        break
                    message, unread = unread[:size], unread[size:]
                    if started and self._is_the_one(message):
                        if self.before:
                            return reset(client)
                        muted = True
                    started = True
                    server.sendall(message)

    def _is_the_one(self, message):
        with self.counting:
            if self.struck or not self.wanted(message):
                return False
            self.seen += 1
            self.struck = self.seen == self.nth
            return self.struck


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
