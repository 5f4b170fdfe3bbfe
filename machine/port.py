"""Whether the port is free."""

import os
import socket

from machine.messages import MachineRefused

HOST = "127.0.0.1"
TRIES_MAX = 100


def wanted_port() -> int:
    """The port from the environment, 8000 when none is given; refuses one that is not a port or is taken."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise MachineRefused(f"PORT is {text}, which is not a port number.")
    port = int(text)
    if not is_free(port):
        others = (other for other in range(port + 1, min(port + TRIES_MAX, 65536)) if is_free(other))
        raise MachineRefused(f"Port {port} is taken. Run: PORT={next(others, 0) or 'another'} bin/up")
    return port


def is_free(port: int) -> bool:
    """Whether we could listen there now; a connection that is still closing does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
