"""What a channel can carry, as data: the table that `python -m notifier capabilities` prints."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple

from contracts.chat import ChatSignal
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat


class Bucket(NamedTuple):
    """`rate` tokens a second, at most `burst` at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Capability:
    """`base_url` is the provider's API, below which requests have paths; "" where requests have whole URLs. `token_url`: where a
    channel with a `grant` asks for its access token; `signs_url`: where signs are asked for, if elsewhere. `known_for`: how long a
    repetition by this method is recognised as one. `public`: everybody can read the answers, so each is approved first, unless the
    account's option `approval` is `none`. `attaches_bytes`: files of so much in all travel inside the request; larger ones, and all
    of other channels, as links. `place`: the value of a thread that names the group or channel written to, whose limit
    `per_recipient` then is; `per_group`: a further limit where that isn't the person's own chat. `tag_life`: for so long after the
    customer's last message a person may answer by Method.TAGGED. `signs`: what the customer can be shown besides messages.
    """

    channel: str
    base_url: str
    methods: tuple[Method, ...]
    kinds: tuple[str, ...]
    text_limit: str
    window: str
    idempotency: str
    repeat: dict[Method, Repeat]
    known_for: dict[Method, timedelta] = field(default_factory=dict, kw_only=True)
    tag_life: timedelta | None = field(default=None, kw_only=True)
    attaches_bytes: int = field(default=0, kw_only=True)
    place: str = field(default="", kw_only=True)
    per_group: Bucket | None = field(default=None, kw_only=True)
    token_url: str = field(default="", kw_only=True)
    signs_url: str = field(default="", kw_only=True)
    public: bool = field(default=False, kw_only=True)
    signs: tuple[ChatSignal, ...] = field(default=(), kw_only=True)
    per_account: Bucket
    per_recipient: Bucket | None
    receipts: bool


_HEAD: Final = (
    "channel",
    "methods",
    "kinds out",
    "text",
    "window",
    "after an unknown outcome",
    "idempotency",
    "account/s",
    "recipient",
    "receipts",
    "signs",
)


def table(capabilities: tuple[Capability, ...]) -> str:
    """Markdown, one row per channel."""
    head = f"| {' | '.join(_HEAD)} |"
    rows = "\n".join(_row(one) for one in capabilities)
    return f"{head}\n|{'---|' * len(_HEAD)}\n{rows}"


def _row(one: Capability) -> str:
    repeats = ", ".join(f"{method} {repeat}" for method, repeat in one.repeat.items())
    pair = f"1 per {1 / one.per_recipient.rate:g} s, burst {one.per_recipient.burst:g}" if one.per_recipient else "–"
    pair += f"; a group {60 * one.per_group.rate:g} a minute" if one.per_group else ""
    cells = (
        one.channel,
        ", ".join(one.methods),
        ", ".join(one.kinds),
        one.text_limit,
        one.window,
        repeats,
        one.idempotency,
        f"{one.per_account.rate:g}",
        pair,
        "yes" if one.receipts else "no",
        ", ".join(one.signs) or "–",
    )
    return f"| {' | '.join(cells)} |"
