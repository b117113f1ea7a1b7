"""Which way out is legal now: the customer's paths in order, each path's methods in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from notifier.domain.outcome import NO_PATH, Kind, Outcome, permanent

REPLY_TOKEN_MARGIN: Final = timedelta(seconds=5)


class Method(StrEnum):
    REPLY = "reply"
    PUSH = "push"
    FREE_FORM = "free_form"
    TAGGED = "tagged"
    TEMPLATE = "template"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Path:
    """`methods` are what the channel and its account can do; `usable`: the account is configured and enabled; `needs_approval`:
    nothing leaves by it that nobody approved; `spent`: its account may push no more, in the provider's words.
    """

    channel: str
    account: str
    methods: tuple[Method, ...]
    usable: bool = True
    reply_until: datetime | None = None
    window_until: datetime | None = None
    tag_until: datetime | None = None
    fills_template: bool = False
    needs_template: bool = False
    needs_approval: bool = False
    spent: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Way:
    path: int
    method: Method

    @property
    def key(self) -> str:
        return f"{self.path}:{self.method}"


Closed = Mapping[str, Kind]
"""Ways that refused this delivery before, by `Way.key`, or by the path's number when the whole path did."""


def choose(
    paths: Sequence[Path],
    now: datetime,
    *,
    fallback: bool,
    closed: Closed,
    only: Way | None = None,
    only_path: int | None = None,
    last: Outcome | None = None,
) -> Way | Outcome:
    """The first legal way, or why there is none. `only` and `only_path` bind what has begun to where it began. `last`: what the
    attempt before came to, for its words.
    """
    refusals: list[Outcome] = []
    for way in _ways(paths, fallback):
        if (only is not None and way != only) or (only_path is not None and way.path != only_path):
            continue
        refusal = _refusal(way, paths[way.path], now, closed, last)
        if refusal is None:
            return way
        refusals.append(refusal)
    return _strongest(refusals)


def closing_key(way: Way, kind: Kind) -> str:
    """A gone recipient is gone for every method of the path; the others close one method."""
    return str(way.path) if kind is Kind.RECIPIENT_GONE else way.key


def reply_deadline(reply_until: datetime) -> datetime:
    return reply_until - REPLY_TOKEN_MARGIN


def _ways(paths: Sequence[Path], fallback: bool) -> Iterator[Way]:
    for index, path in enumerate(paths if fallback else paths[:1]):
        yield from (Way(index, method) for method in path.methods)


def _refusal(way: Way, path: Path, now: datetime, closed: Closed, last: Outcome | None) -> Outcome | None:
    known = closed.get(way.key) or closed.get(str(way.path))
    if known is not None:
        said = last if last is not None and last.kind is known else None
        return _LEGALITY[way.method](path, now) or said or Outcome(known, f"{path.channel} refused it by {way.method}")
    if not path.usable:
        return Outcome(
            Kind.CHANNEL_BROKEN, f"the {path.channel} account '{path.account}' is not configured or not enabled"
        )
    return _LEGALITY[way.method](path, now)


def _reply(path: Path, now: datetime) -> Outcome | None:
    if path.reply_until is not None and now < reply_deadline(path.reply_until):
        return None
    return Outcome(Kind.REPLY_TOKEN_INVALID, "there is no reply token that is still alive")


def _free_form(path: Path, now: datetime) -> Outcome | None:
    if path.needs_template:
        return permanent("unsupported_content", "a template message travels as a template only")
    if path.window_until is not None and now < path.window_until:
        return None
    since = f"closed at {path.window_until:%Y-%m-%d %H:%M} UTC" if path.window_until else "is not open"
    return Outcome(
        Kind.WINDOW_CLOSED,
        f"the customer's reply window on {path.channel} {since}; it opens again when the customer writes",
    )


def _tagged(path: Path, now: datetime) -> Outcome | None:
    """After the window, for as long as the provider lets people (not bots) answer."""
    if path.tag_until is not None and now < path.tag_until:
        return None
    return Outcome(Kind.WINDOW_CLOSED, f"the time in which an agent may still answer on {path.channel} is over")


def _template(path: Path, now: datetime) -> Outcome | None:
    if path.fills_template:
        return None
    return Outcome(Kind.WINDOW_CLOSED, "no template is configured that this message can fill (replies.templates)")


def _push(path: Path, now: datetime) -> Outcome | None:
    return path.spent


def _always(path: Path, now: datetime) -> Outcome | None:
    return None


_LEGALITY: Final = {
    Method.REPLY: _reply,
    Method.PUSH: _push,
    Method.FREE_FORM: _free_form,
    Method.TAGGED: _tagged,
    Method.TEMPLATE: _template,
    Method.WEBHOOK: _always,
}

_STRENGTH: Final = (Kind.CHANNEL_BROKEN, Kind.RECIPIENT_GONE, Kind.WINDOW_CLOSED, Kind.PERMANENT)


def _strongest(refusals: Sequence[Outcome]) -> Outcome:
    """A broken channel may heal, so it wins; then what tells the agent most."""
    for kind in _STRENGTH:
        found = next((one for one in refusals if one.kind is kind), None)
        if found is not None:
            return found
    return refusals[0] if refusals else permanent(NO_PATH, "the request names no path that can be used")
