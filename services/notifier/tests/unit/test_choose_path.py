"""Only what is legal now is chosen."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.choose_path import Method, Path, Way, choose, closing_key
from notifier.domain.outcome import Kind, Outcome, permanent

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SPENT = permanent("line_monthly_limit", "LINE answered 429: You have reached your monthly limit.", 429)
LINE = (Method.REPLY, Method.PUSH)
WHATSAPP = (Method.FREE_FORM, Method.TEMPLATE)


def line(**values: object) -> Path:
    return Path("line", "line-main", LINE, **values)


def whatsapp(**values: object) -> Path:
    return Path("whatsapp", "wa-main", WHATSAPP, **values)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([line(reply_until=at(6))], Way(0, Method.REPLY)),
        ([line(reply_until=at(5))], Way(0, Method.PUSH)),
        ([line(reply_until=at(-100))], Way(0, Method.PUSH)),
        ([line()], Way(0, Method.PUSH)),
        ([whatsapp(window_until=at(1))], Way(0, Method.FREE_FORM)),
        ([whatsapp(window_until=at(0), fills_template=True)], Way(0, Method.TEMPLATE)),
        ([whatsapp(fills_template=True)], Way(0, Method.TEMPLATE)),
        ([whatsapp(window_until=at(60), needs_template=True, fills_template=True)], Way(0, Method.TEMPLATE)),
        ([whatsapp(), line()], Way(1, Method.PUSH)),
        ([line(spent=SPENT), whatsapp(window_until=at(60))], Way(1, Method.FREE_FORM)),
        ([line(spent=SPENT, reply_until=at(6))], Way(0, Method.REPLY)),
        ([whatsapp(usable=False, window_until=at(60)), line()], Way(1, Method.PUSH)),
        ([Path("webhook", "erp", (Method.WEBHOOK,))], Way(0, Method.WEBHOOK)),
    ],
)
def test_the_first_legal_way_is_taken(paths: list[Path], expected: Way) -> None:
    assert choose(paths, NOW, fallback=True, closed={}) == expected


@pytest.mark.parametrize(
    ("paths", "closed", "code"),
    [
        ([whatsapp()], {}, "window_closed"),
        ([whatsapp(window_until=at(60))], {"0:free_form": Kind.WINDOW_CLOSED}, "window_closed"),
        ([whatsapp(window_until=at(60))], {"0": Kind.RECIPIENT_GONE}, "recipient_gone"),
        ([line(usable=False), whatsapp()], {}, "channel_broken"),
        ([line(spent=SPENT)], {"0:push": Kind.PERMANENT}, "permanent:line_monthly_limit"),
        ([], {}, "permanent:no_path"),
        ([Path("fax", "fax", ())], {}, "permanent:no_path"),
    ],
)
def test_without_a_legal_way_the_refusal_says_why(paths: list[Path], closed: dict[str, Kind], code: str) -> None:
    refusal = choose(paths, NOW, fallback=True, closed=closed)
    assert isinstance(refusal, Outcome)
    assert refusal.code == code
    assert refusal.reason


def test_a_closed_window_is_explained_to_the_agent() -> None:
    refusal = choose([whatsapp(window_until=at(-3600))], NOW, fallback=True, closed={})
    assert isinstance(refusal, Outcome)
    assert refusal.reason == (
        "the customer's reply window on whatsapp closed at 2026-11-20 23:00 UTC; it opens again when the customer writes"
    )


def test_other_channels_are_not_tried_without_leave() -> None:
    refusal = choose([whatsapp(), line()], NOW, fallback=False, closed={})
    assert isinstance(refusal, Outcome)
    assert refusal.kind is Kind.WINDOW_CLOSED


def test_a_refused_reply_token_leads_to_push() -> None:
    closed = {closing_key(Way(0, Method.REPLY), Kind.REPLY_TOKEN_INVALID): Kind.REPLY_TOKEN_INVALID}
    assert choose([line(reply_until=at(40))], NOW, fallback=True, closed=closed) == Way(0, Method.PUSH)


def test_doubt_binds_to_the_same_way() -> None:
    only = Way(0, Method.REPLY)
    assert choose([line(reply_until=at(40))], NOW, fallback=True, closed={}, only=only) == only
    refusal = choose([line(reply_until=at(2))], NOW, fallback=True, closed={}, only=only)
    assert isinstance(refusal, Outcome)
    assert refusal.kind is Kind.REPLY_TOKEN_INVALID


def test_what_was_delivered_in_part_stays_on_its_path() -> None:
    paths = [whatsapp(), line()]
    refusal = choose(paths, NOW, fallback=True, closed={}, only_path=0)
    assert isinstance(refusal, Outcome)


def test_a_closed_way_is_told_in_the_words_that_closed_it() -> None:
    said = permanent("unsupported_content", "LINE can't carry this message of kind sticker")
    assert choose([line()], NOW, fallback=True, closed={"0:push": Kind.PERMANENT}, last=said) == said
    other = choose([line()], NOW, fallback=True, closed={"0": Kind.RECIPIENT_GONE}, last=said)
    assert isinstance(other, Outcome)
    assert other.reason == "line refused it by push"
