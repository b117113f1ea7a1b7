"""Every static check of the house, side by side on the machine's cores, one line each. Exit status 1 if one fails.

`python .ci/check.py lint types` runs only those named.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MEMBERS = sorted(path.parent for folder in ("libs", "services") for path in ROOT.glob(f"{folder}/*/pyproject.toml"))
SOURCES = [str(member.relative_to(ROOT) / "src") for member in MEMBERS]
PARSER = ROOT / "libs/contracts/asyncapi"
KUBERNETES = ("1.31.0", "1.37.0")


@dataclass(frozen=True)
class Check:
    """`commands` run one after the other in `folder`. Without `needs` on this machine it is passed over, and says so."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    folder: Path = ROOT
    needs: str | None = None


@dataclass(frozen=True)
class Result:
    check: Check
    seconds: float
    output: str
    state: str


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def manifests() -> list[str]:
    found = sorted(file for folder in ("base", "processes") for file in (ROOT / "deploy/k8s" / folder).glob("*.yaml"))
    return [str(file.relative_to(ROOT)) for file in found if file.name != "kustomization.yaml"]


def configuration() -> list[str]:
    return [str(file.relative_to(ROOT)) for file in sorted((ROOT / "config").glob("*/*.yaml"))]


def checks() -> Iterator[Check]:
    """The slow ones first, so that the last core is not the one that starts them."""
    yield Check("types", (tool("mypy", *SOURCES), tool("mypy", ".ci/check.py", "deploy/docker")))
    yield Check(
        "asyncapi", (("npm", "ci", "--silent"), ("node", "validate.mjs")), ROOT / "libs/contracts/asyncapi", "npm"
    )
    yield Check("schemas", (python("-m", "contracts.generate", "--check"),))
    yield Check("compatible", (python("-m", "contracts.compatibility", *_releases()),))
    yield Check("imports", (tool("lint-imports", "--no-cache"),))
    yield Check("kubernetes", tuple(_kubernetes()))
    yield Check("config", tuple(_config()))
    yield Check("compose", (tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),))
    for member in MEMBERS:
        yield Check(f"deps {member.name}", (tool("deptry", "--no-ansi", "src"),), member)
    yield Check("dockerfile", (tool("hadolint", "deploy/docker/Dockerfile"),))
    yield Check("format", (tool("ruff", "format", "--check", "--output-format", "concise", "."),))
    yield Check("lint", (tool("ruff", "check", "--output-format", "concise", "."),))


def _asyncapi() -> Iterator[tuple[str, ...]]:
    """npm notes in node_modules which lock it installed."""
    installed, lock = PARSER / "node_modules" / ".package-lock.json", PARSER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        yield ("npm", "ci", "--silent")
    yield ("node", "validate.mjs")


def _releases() -> tuple[str, str]:
    return "libs/contracts/schemas/released", "libs/contracts/schemas"


def _kubernetes() -> Iterator[tuple[str, ...]]:
    for version in KUBERNETES:
        yield tool("kubernetes-validate", "--strict", "--quiet", "-k", version, *manifests())


def _config() -> Iterator[tuple[str, ...]]:
    if files := configuration():
        yield tool("check-jsonschema", "--schemafile", "libs/contracts/schemas/config/tenant-file.json", *files)


def run(check: Check) -> Result:
    started = time.monotonic()
    if check.needs and shutil.which(check.needs) is None:
        return Result(check, 0.0, "", f"passed over: {check.needs} is not on this machine")
    outputs: list[str] = []
    for command in check.commands:
        status, output = _call(command, check.folder)
        outputs.append(output)
        if status != 0:
            outputs.append(f"{Path(command[0]).name} ended with status {status}\n")
            return Result(check, time.monotonic() - started, "".join(outputs), "FAILED")
    return Result(check, time.monotonic() - started, "".join(outputs), "ok")


def _call(command: tuple[str, ...], folder: Path) -> tuple[int, str]:
    environment = os.environ | {"NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(  # noqa: S603  # the table above is all it runs
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, f"{error}\n"
    return done.returncode, done.stdout


def chosen(wanted: list[str]) -> list[Check]:
    every = list(checks())
    unknown = [name for name in wanted if name not in {check.name for check in every}]
    if unknown:
        raise SystemExit(
            f"no check is called {', '.join(unknown)}; there are: {', '.join(check.name for check in every)}"
        )
    return [check for check in every if not wanted or check.name in wanted]


def tell(results: Iterable[Result]) -> bool:
    """Prints each result as it comes; True if none failed."""
    failed = [result for result in map(_line, results) if result.state == "FAILED"]
    for result in failed:
        sys.stdout.write(f"\n--- {result.check.name}\n{result.output}")
    if failed:
        sys.stdout.write(f"\n{len(failed)} failed: {', '.join(result.check.name for result in failed)}\n")
    return not failed


def _line(result: Result) -> Result:
    sys.stdout.write(f"{result.check.name:<20} {result.seconds:5.1f} s  {result.state}\n")
    sys.stdout.flush()
    return result


def main(wanted: list[str]) -> int:
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        results = as_completed([pool.submit(run, check) for check in chosen(wanted)])
        return 0 if tell(future.result() for future in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
