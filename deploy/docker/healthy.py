"""The image's HEALTHCHECK: exit status 0 when the service says that it is live."""

import os
import sys
from http.client import HTTPConnection


def live(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if live(int(os.environ.get("MADOGUCHI_INTERNAL_PORT", "9090"))) else 1)
