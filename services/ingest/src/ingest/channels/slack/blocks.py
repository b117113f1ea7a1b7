"""The words of Block Kit, where a message has no text beside it. Source: Slack, "Blocks", "Rich text block"."""

from collections.abc import Iterator

_LINES = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote", "section", "header"})


def words_of(blocks: object) -> str | None:
    """In Slack's own escaped form, as a message's text is."""
    return "".join(_words(blocks, 0)).strip("\n") or None


def _words(node: object, depth: int) -> Iterator[str]:
    if isinstance(node, list) and depth < 20:
        for each in node:
            yield from _words(each, depth + 1)
    elif isinstance(node, dict) and depth < 20:
        yield from _element(node, depth)


def _element(node: dict[str, object], depth: int) -> Iterator[str]:
    match node.get("type"):
        case "link":
            label = node.get("text")
            yield f"<{node.get('url')}|{label}>" if label else f"<{node.get('url')}>"
        case "user":
            yield f"<@{node.get('user_id')}>"
        case "channel":
            yield f"<#{node.get('channel_id')}>"
        case "broadcast":
            yield f"<!{node.get('range')}>"
        case "emoji":
            yield f":{node.get('name')}:"
        case kind:
            found = node.get("text")
            yield found if isinstance(found, str) else ""
            yield from _words([one for one in (found, node.get("fields"), node.get("elements")) if one], depth + 1)
            yield "\n" if kind in _LINES else ""
