"""The compatibility gate: inside a major, schemas only grow. `python -m contracts.compatibility OLD_DIR NEW_DIR`.

Whatever an old writer wrote (it is kept for days) must be readable by the new reader, and no old reader may miss what it
relied on. A real break is a new event type on a new topic version.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from typing_extensions import override

Schema = dict[str, Any]


class Break(NamedTuple):
    """`path` is the schema's name and the way to the place in it."""

    path: str
    sentence: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


class Pair(NamedTuple):
    """The same place in the old and in the new document. `within` are the definitions that it is a part of."""

    path: str
    old: Schema
    new: Schema
    documents: tuple[Schema, Schema]
    within: frozenset[tuple[str, str]] = frozenset()

    def into(self, step: str, old: Schema, new: Schema) -> "Pair":
        return self._replace(path=f"{self.path}.{step}", old=old, new=new)


def _types(schema: Schema) -> set[str]:
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def _type_kept(pair: Pair) -> Iterator[Break]:
    new = _types(pair.new)
    if "number" in new:
        new.add("integer")
    if new and (not _types(pair.old) or _types(pair.old) - new):
        yield Break(pair.path, f"its type was {_types(pair.old) or 'anything'} and is now {_types(pair.new)}")


def _fields_kept(pair: Pair) -> Iterator[Break]:
    old, new = pair.old.get("properties", {}), pair.new.get("properties", {})
    for name in old.keys() - new.keys():
        yield Break(f"{pair.path}.{name}", "the field was removed")
    for name in set(pair.new.get("required", ())) - set(pair.old.get("required", ())):
        was = "was optional" if name in old else "is new"
        yield Break(f"{pair.path}.{name}", f"the field {was} and is now required")


def _words_kept(pair: Pair) -> Iterator[Break]:
    old, new = _words(pair.old), _words(pair.new)
    if new is not None and old is None:
        yield Break(pair.path, "any value was allowed and is now one of a list")
    if new is not None and old is not None:
        for word in old:
            if word not in new:
                yield Break(pair.path, f"the word {json.dumps(word)} was removed")
    if pair.old.get("x-open") and not pair.new.get("x-open"):
        yield Break(pair.path, "readers no longer take an unknown word as `unknown`")


def _words(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def _limits_kept(pair: Pair) -> Iterator[Break]:
    for keywords, narrower in ((_LOWER, float.__gt__), (_UPPER, float.__lt__)):
        for keyword in keywords:
            old, new = pair.old.get(keyword), pair.new.get(keyword)
            if new is not None and (old is None or narrower(float(new), float(old))):
                yield Break(pair.path, f"{keyword} was {old if old is not None else 'not limited'} and is now {new}")


def _forms_kept(pair: Pair) -> Iterator[Break]:
    for keyword in ("pattern", "format", "multipleOf", "uniqueItems", "not"):
        old, new = pair.old.get(keyword), pair.new.get(keyword)
        if new is not None and new != old:
            yield Break(pair.path, f"{keyword} was {json.dumps(old)} and is now {json.dumps(new)}")


def _extras_kept(pair: Pair) -> Iterator[Break]:
    old, new = pair.old.get("additionalProperties", True), pair.new.get("additionalProperties", True)
    if new is False and old is not False:
        yield Break(pair.path, "other keys were allowed and are now refused")
    elif isinstance(new, dict) and old is not False:
        yield from _compared(pair.into("*", old if isinstance(old, dict) else {}, new))


def _parts_kept(pair: Pair) -> Iterator[Break]:
    for keyword in ("properties", "patternProperties"):
        old, new = pair.old.get(keyword, {}), pair.new.get(keyword, {})
        for name in old.keys() & new.keys():
            yield from _compared(pair.into(name, old[name], new[name]))
    for pattern in pair.old.get("patternProperties", {}).keys() - pair.new.get("patternProperties", {}).keys():
        if pair.new.get("additionalProperties", True) is False or pair.new.get("patternProperties"):
            yield Break(pair.path, f"keys as {pattern} were allowed and are now refused")
    for keyword in ("items", "propertyNames"):
        if keyword in pair.new:
            yield from _compared(pair.into(keyword, pair.old.get(keyword, {}), pair.new[keyword]))


def _choices_kept(pair: Pair) -> Iterator[Break]:
    """Each old alternative fits a new one; a schema without alternatives is the only one of itself."""
    if "anyOf" not in pair.old and "anyOf" not in pair.new:
        return
    alternatives = pair.new.get("anyOf", [pair.new])
    for i, old in enumerate(pair.old.get("anyOf", [pair.old])):
        tried = [list(_compared(pair.into(f"anyOf.{i}", old, new))) for new in alternatives]
        if all(tried):
            yield from min(tried, key=len)


RULES: tuple[Callable[[Pair], Iterator[Break]], ...] = (
    _type_kept,
    _fields_kept,
    _words_kept,
    _limits_kept,
    _forms_kept,
    _extras_kept,
    _parts_kept,
)


def _compared(pair: Pair) -> Iterator[Break]:
    """A definition that holds its own kind is compared once."""
    named = (pair.old.get("$ref", ""), pair.new.get("$ref", ""))
    if all(named) and named in pair.within:
        return
    old, new = _resolved(pair.old, pair.documents[0]), _resolved(pair.new, pair.documents[1])
    resolved = pair._replace(old=old, new=new, within=pair.within | {named})
    for rule in (_choices_kept,) if "anyOf" in old or "anyOf" in new else RULES:
        yield from rule(resolved)


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**document["$defs"][schema["$ref"].removeprefix("#/$defs/")], **beside}
    return schema


def breaks(name: str, old: Schema, new: Schema) -> list[Break]:
    """Everything that breaks between two versions of one schema."""
    return sorted(_compared(Pair(name, old, new, (old, new))))


def breaks_between(old_folder: Path, new_folder: Path) -> list[Break]:
    """Of two folders of schemas; a folder `released` inside the new one is not looked at."""
    found: list[Break] = []
    for path in sorted(old_folder.rglob("*.json")):
        place = path.relative_to(old_folder)
        successor = new_folder / place
        if successor.exists():
            found += breaks(str(place.with_suffix("")), _load(path), _load(successor))
        else:
            found.append(Break(str(place.with_suffix("")), "the schema was removed"))
    return found


def _load(path: Path) -> Schema:
    loaded: Schema = json.loads(path.read_text("utf-8"))
    return loaded


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m contracts.compatibility", description="Compares two folders.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args(arguments)
    for folder in (options.old, options.new):
        if not any(folder.rglob("*.json")):
            sys.stderr.write(f"there are no schemas in {folder}\n")
            return 2
    found = breaks_between(options.old, options.new)
    for one in found:
        sys.stderr.write(f"{one}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
