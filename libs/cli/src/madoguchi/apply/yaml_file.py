"""One YAML file to plain values, with the line of every key and item. Stricter than YAML: a key may stand only once."""

from pathlib import Path
from typing import Any

import yaml

from madoguchi.apply.mistakes import ConfigWrong, Mistake, Place, Route

MAX_NODES = 100_000


class YamlFile:
    """`value` is the file's mapping, `places` the line of each part of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[Route, Place] = {}
        self.mistakes: list[Mistake] = []
        self._nodes = 0
        self._loader = yaml.SafeLoader("")
        self.value: dict[Any, Any] = self._read()

    def _read(self) -> dict[Any, Any]:
        node = self._node()
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise ConfigWrong([self._mistake(node, "the file has to be a mapping, as `queues:` and its entries below")])
        return self._mapping(node, (), ())

    def _node(self) -> yaml.Node | None:
        try:
            return yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            told = " ".join(part for part in (error.context, error.problem) if part)
            raise ConfigWrong([Mistake(str(self.path), mark.line + 1 if mark else 1, f"not YAML: {told}")]) from None
        except yaml.YAMLError as error:
            told = str(error).splitlines()[0]
            raise ConfigWrong([Mistake(str(self.path), 1, f"not YAML: {told}")]) from None
        except UnicodeDecodeError:
            raise ConfigWrong([Mistake(str(self.path), 1, "the file is not UTF-8")]) from None
        except OSError as error:
            raise ConfigWrong([Mistake(str(self.path), 1, f"the file can't be read: {error.strerror}")]) from None

    def _value(self, node: yaml.Node, route: Route, above: tuple[yaml.Node, ...]) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or node in above:
            raise ConfigWrong([self._mistake(node, "the aliases of this file have no end")])
        match node:
            case yaml.MappingNode():
                return self._mapping(node, route, above)
            case yaml.SequenceNode():
                return self._sequence(node, route, above)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, route: Route, above: tuple[yaml.Node, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str | int):
                self.mistakes.append(self._mistake(key_node, "a key has to be a word"))
                continue
            if key in found:
                self.mistakes.append(self._mistake(key_node, f"the key '{key}' stands twice"))
                continue
            self.places[(*route, key)] = self._place(key_node)
            found[key] = self._value(value_node, (*route, key), (*above, node))
        return found

    def _sequence(self, node: yaml.SequenceNode, route: Route, above: tuple[yaml.Node, ...]) -> list[Any]:
        for position, item in enumerate(node.value):
            self.places[(*route, position)] = self._place(item)
        return [self._value(item, (*route, position), (*above, node)) for position, item in enumerate(node.value)]

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.mistakes.append(self._mistake(node, f"not a value that YAML knows: {str(error).splitlines()[0]}"))
            return None

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.path, node.start_mark.line + 1)

    def _mistake(self, node: yaml.Node, sentence: str) -> Mistake:
        return Mistake(str(self.path), node.start_mark.line + 1, sentence)
