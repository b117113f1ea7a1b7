"""House rules that no linter knows, as small searches of the syntax tree. Each says why, and each has an example that trips it."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("ingest", "case_store", "router", "notifier")
CLIENTS = {"AIOKafkaProducer", "AIOKafkaConsumer"}
# A partition's step ends its transaction even when its owner is cancelled; a connection being made serves many callers.
MAY_CREATE_TASKS = ("runtime/partition.py", "runtime/producer.py")
DOMAIN_MAY_NOT = {"os", "time", "random", "secrets", "asyncio", "logging", "socket", "threading", "subprocess"}
# Functions of their arguments: no clock, no chance, no file, no socket.
PURE_LIBRARIES = {"defusedxml", "puremagic", "python_multipart", "regex", "selectolax"}
CONTRACTS_MAY = {"contracts", "pydantic", "pydantic_core", "typing_extensions", "annotated_types"}


@dataclass(frozen=True)
class Lint:
    name: str
    reason: str
    find: Callable[[str, ast.Module], Iterator[ast.AST]]
    bad: tuple[str, str]
    good: tuple[str, str]


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module in ("runtime", "contracts"):
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node, node.module


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call with its receiver's text and its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, ast.unparse(node.func.value), node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node, "", node.func.id


def bare_commit(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    for call, receiver, name in calls(tree):
        if name == "commit" and not call.args and not call.keywords and "transaction" not in receiver:
            yield call


def environment(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    if where.endswith("/settings.py"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
            yield node
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (alias for alias in node.names if alias.name in ("environ", "getenv"))


def loose_task(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    if where.endswith(MAY_CREATE_TASKS):
        return
    for call, receiver, name in calls(tree):
        if name == "create_task" and (receiver in ("", "asyncio") or "loop" in receiver):
            yield call


def kafka_client(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    if not where.endswith("runtime/kafka.py"):
        yield from (call for call, _, name in calls(tree) if name in CLIENTS)


def room_of(where: str) -> tuple[str, str]:
    parts = Path(where).parts
    inside = parts[parts.index("src") + 1 :] if "src" in parts else parts
    return inside[0], inside[1] if len(inside) > 1 else ""


def handler_reach(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    service, room = room_of(where)
    if service not in SERVICES or room != "handlers":
        return
    allowed = ("runtime.ports", "runtime.errors", "contracts", "pydantic", f"{service}.handlers", f"{service}.domain")
    for node, module in imports(tree):
        if not module.startswith(allowed) and module.partition(".")[0] not in sys.stdlib_module_names:
            yield node


def domain_reach(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    service, room = room_of(where)
    if service not in SERVICES or room != "domain":
        return
    for node, module in imports(tree):
        top = module.partition(".")[0]
        pure = (top in sys.stdlib_module_names and top not in DOMAIN_MAY_NOT) or top in PURE_LIBRARIES
        if not pure and not module.startswith((f"{service}.domain", "contracts", "runtime.ids", "pydantic")):
            yield node


def contracts_reach(where: str, tree: ast.Module) -> Iterator[ast.AST]:
    package, module_file = room_of(where)
    tools = module_file in ("generate.py", "cards.py")
    for node, module in imports(tree):
        top = module.partition(".")[0]
        known = top in sys.stdlib_module_names or top in CONTRACTS_MAY or (tools and top == "yaml")
        if package == "contracts" and not known:
            yield node


A, H, D = (
    "libs/runtime/src/runtime/a.py",
    "services/router/src/router/handlers/a.py",
    "services/router/src/router/domain/a.py",
)
C = "libs/contracts/src/contracts/a.py"
LINTS = (
    Lint(
        "bare commit",
        "a bare commit() commits what was fetched, not what was handled; commit {partition: offset + 1}",
        bare_commit,
        (A, "await client.commit()"),
        (A, "await client.commit(offsets)\nawait transaction.commit()"),
    ),
    Lint(
        "environment",
        "settings are read once, in settings.py, and checked before anything else happens",
        environment,
        (A, "import os\nx = os.environ['A']"),
        ("libs/runtime/src/runtime/settings.py", "import os\nx = os.environ['A']"),
    ),
    Lint(
        "loose task",
        "a task outside a TaskGroup loses its exception and outlives its owner",
        loose_task,
        (A, "task = asyncio.create_task(work())"),
        (A, "group.create_task(work())"),
    ),
    Lint(
        "Kafka client",
        "aiokafka's defaults lose messages; take a client of runtime/kafka.py",
        kafka_client,
        (A, "client = AIOKafkaConsumer('t')"),
        ("libs/runtime/src/runtime/kafka.py", "client = AIOKafkaConsumer('t')"),
    ),
    Lint(
        "handlers' reach",
        "a handler that knows a driver can't be read or tested without it; go through handlers/ports.py",
        handler_reach,
        (H, "from runtime.unit_of_work import UnitOfWork"),
        (H, "from runtime.ports import Emitter\nfrom uuid import UUID\nfrom router.domain.model import Work"),
    ),
    Lint(
        "domain's reach",
        "the domain is pure: time, ids and randomness are arguments, so that replays and simulations repeat exactly",
        domain_reach,
        (D, "import time"),
        (D, "import heapq\nfrom router.domain.model import Work"),
    ),
    Lint(
        "contracts' reach",
        "everyone depends on the contracts, so they depend on pydantic alone",
        contracts_reach,
        (C, "import orjson"),
        (C, "from pydantic import BaseModel"),
    ),
)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("libs", "services"):
        for file in sorted(ROOT.glob(f"{folder}/*/src/**/*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def trees() -> list[tuple[str, ast.Module]]:
    return list(sources())


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.name)
def test_the_house_keeps_the_rule(lint: Lint, trees: list[tuple[str, ast.Module]]) -> None:
    found = [f"{where}:{getattr(node, 'lineno', 0)}" for where, tree in trees for node in lint.find(where, tree)]
    assert not found, f"{lint.reason}: {', '.join(found)}"
    assert len(trees) > 100


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.name)
def test_the_rule_trips_on_a_breach_only(lint: Lint) -> None:
    (where, bad), (elsewhere, good) = lint.bad, lint.good
    assert list(lint.find(where, ast.parse(bad)))
    assert not list(lint.find(elsewhere, ast.parse(good)))
