"""
Ask the web process of this machine whether it can serve; exit code 0 when it can.

    python -m portal.probe

For health checks: loads nothing but the standard library. Reads GRANIAN_PORT (8000) and
EVENKEEL_SITE_URL, whose host name the question carries.
"""

import os
import socket
import sys
from urllib.parse import urlsplit


def status(path: str, *, host: str, port: int, site: str, timeout: float = 2) -> int:
    """The HTTP status that the server at host and port gives for `path`, or 0 for no answer."""
    name = urlsplit(site).netloc or "localhost"
    question = f"GET {path} HTTP/1.0\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.sendall(question.encode())
            words = connection.recv(64).split(b" ")
    except OSError:
        return 0
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def main() -> int:
    port = int(os.environ.get("GRANIAN_PORT") or 8000)
    site = os.environ.get("EVENKEEL_SITE_URL") or ""
    return 0 if status("/health/ready", host="127.0.0.1", port=port, site=site) == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
