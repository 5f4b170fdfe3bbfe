"""Whether the application serves."""

import http.client
from collections.abc import Callable

from machine.port import HOST

ANSWER_SECONDS_MAX = 5.0


def serves(port: int, *, name: str) -> Callable[[], bool]:
    """A question: does the application on this port, asked under one of its names, say that it is ready?"""

    def ask() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request("GET", "/readyz", headers={"Host": name})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask
