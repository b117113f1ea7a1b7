"""Writes everything that follows from the models and the topic cards; with --check it only says what is stale."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from contracts.asyncapi import document
from contracts.cards import BadCard, read_cards, topics_module
from contracts.compatibility import breaks_between
from contracts.schemas import envelope_schema, event_schemas, tenant_file_schema

ROOT = Path(__file__).parents[2]
_OWNED = ("schemas/*.json", "schemas/config/*.json")


def outputs(root: Path) -> dict[Path, str]:
    """Every generated file and the text it should have. Raises BadCard."""
    import yaml

    cards = read_cards(root / "topics")
    schemas = {f"schemas/{name}.json": schema for name, schema in event_schemas().items()}
    schemas["schemas/envelope.json"] = envelope_schema()
    schemas["schemas/config/tenant-file.json"] = tenant_file_schema()
    made = {root / name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}
    made[root / "src/contracts/topics.py"] = topics_module(cards)
    made[root / "asyncapi.yaml"] = yaml.safe_dump(
        document(cards, root / "examples"), sort_keys=False, allow_unicode=True, width=120
    )
    return made


def stale(root: Path, wanted: dict[Path, str]) -> Iterator[str]:
    for path, text in wanted.items():
        if not path.exists():
            yield f"{path.relative_to(root)} is missing"
        elif path.read_text("utf-8") != text:
            yield f"{path.relative_to(root)} is stale"
    for path in _leftovers(root, wanted):
        yield f"{path.relative_to(root)} belongs to no event"


def _leftovers(root: Path, wanted: dict[Path, str]) -> list[Path]:
    return [path for pattern in _OWNED for path in sorted(root.glob(pattern)) if path not in wanted]


def write(root: Path, wanted: dict[Path, str]) -> None:
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in _leftovers(root, wanted):
        path.unlink()


def release(root: Path) -> list[str]:
    """Makes the present schemas the baseline of the compatibility gate, unless they break the one before."""
    schemas, released = root / "schemas", root / "schemas" / "released"
    found = [str(one) for one in breaks_between(released, schemas)] if released.exists() else []
    if not found:
        shutil.rmtree(released, ignore_errors=True)
        shutil.copytree(schemas, released, ignore=shutil.ignore_patterns("released"))
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming each stale file")
    parser.add_argument("--release", action="store_true", help="then make these schemas the compatibility baseline")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder libs/contracts")
    options = parser.parse_args(arguments)
    try:
        wanted = outputs(options.root)
    except BadCard as error:
        return _report([str(error)])
    if options.check:
        return _report([f"{one}: run python -m contracts.generate" for one in stale(options.root, wanted)])
    write(options.root, wanted)
    return _report(release(options.root)) if options.release else 0


def _report(problems: list[str]) -> int:
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
