"""The address to serve on, and whether it is free."""

import socket

#: Connections that may wait for a worker, for each of its sockets.
BACKLOG = 2048


def split_bind(bind: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, an IPv6 host without its brackets."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def refusal(bind: str) -> str | None:
    """Return why nothing can listen on `bind`, in a sentence; None: it is free.

    The socket is opened without SO_REUSEPORT: with it, a second server would share the port of
    the first without either of them noticing.
    """
    host, port = split_bind(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return (
                f"cannot listen on {bind}: {reason}. "
                "Stop what is using it, or choose another address with TODOAPP_BIND."
            )
    return None


def listeners(bind: str, count: int) -> list[socket.socket]:
    """Return `count` sockets that listen on `bind`; new connections are spread over all of them."""
    return [_listener(*split_bind(bind)) for _ in range(count)]


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True)
    # Connections inherit it. Else the body of an answer waits for its head to be acknowledged.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
