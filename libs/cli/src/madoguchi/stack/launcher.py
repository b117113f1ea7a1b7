"""Runs before a child's own program, in the same process: gives up root, asks to die with the parent, then executes.

Used as a script and not as a preexec function, which is unsafe once threads exist. Standard library only.
"""

import argparse
import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def become(user: str, *, reach: bool) -> None:
    """Drop root for `user`; `reach` keeps the one right needed to enter folders that only root may enter."""
    account = pwd.getpwnam(user)
    if reach:
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if reach:
        _keep_only(CAP_DAC_OVERRIDE)


def die_with(parent: int, signum: int) -> None:
    """Ask the kernel for `signum` when the parent ends; leave at once if it has ended already."""
    _prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        sys.exit("the parent process ended before its child started")


def _keep_only(capability: int) -> None:
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _prctl(*arguments: int) -> None:
    words = [ctypes.c_ulong(argument) for argument in arguments]
    if ctypes.CDLL(None, use_errno=True).prctl(*words) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {arguments[0]} failed")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int)
    parser.add_argument("--signal", type=int, default=15)
    parser.add_argument("--user")
    parser.add_argument("--reach", action="store_true")
    split = sys.argv.index("--")
    options, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    if options.user:
        become(options.user, reach=options.reach)
    if options.parent:
        # After the change of user: a change of credentials clears the request.
        die_with(options.parent, options.signal)
    try:
        os.execvp(command[0], command)  # noqa: S606 -- this is the launcher's whole purpose
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
