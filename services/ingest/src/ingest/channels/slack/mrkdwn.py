"""Slack's escaped text → what its author saw. Source: Slack, "Formatting text for app surfaces"."""

import re
from html import unescape

_REFERENCE = re.compile(r"<([^<>\n]+)>")


def plain(text: str) -> str:
    return unescape(_REFERENCE.sub(lambda found: _shown(found[1]), text))


def _shown(reference: str) -> str:
    """A person, channel or command by its label, else its id; a link as `label (URL)` where the label says something else."""
    target, _, label = reference.partition("|")
    match target[:1]:
        case "@":
            return "@" + (label.removeprefix("@") or target[1:])
        case "#":
            return "#" + (label.removeprefix("#") or target[1:])
        case "!":
            return label or "@" + target[1:].partition("^")[0]
    if not label or target.endswith(label) or target == f"{label}/":
        return label or target
    return f"{label} ({target})"
