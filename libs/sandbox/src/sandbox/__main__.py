import argparse
import sys

from runtime.clock import SystemClock
from sandbox.server import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Providers' send APIs in miniature.")
    parser.add_argument("--port", type=int, help="port on loopback; 0 takes a free one (MADOGUCHI_SANDBOX_PORT)")
    parser.add_argument("--host", help="loopback address to bind (MADOGUCHI_SANDBOX_HOST)")
    arguments = parser.parse_args()
    return run(arguments.port, arguments.host, SystemClock())


if __name__ == "__main__":
    sys.exit(main())
