"""Quick replies at each provider's limits and over them. What it would refuse or cut, and lose by that, are lines of the text.

Sources: LINE, "Quick reply", "Character counting in a text"; Cloud API, "Interactive reply buttons / list messages"; Messenger,
"Quick replies"; Slack, Block Kit "actions", "button"; Discord, "Component reference"; Teams, "Hero card"; Kakao, "QuickReply".
"""

import json
from typing import Any

import pytest
from channel_values import PHONE, USER, outgoing, sender, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.table import CHANNELS
from notifier.channels.words import cut
from notifier.domain.choose_path import Method
from notifier.domain.splitter import graphemes

FAMILY = "👨‍👩‍👧"
PEOPLE = {
    "line": USER,
    "whatsapp": PHONE,
    "messenger": Address(kind=AddressKind.MESSENGER_USER, value="1"),
    "instagram": Address(kind=AddressKind.INSTAGRAM_USER, value="1"),
    "slack": Address(kind=AddressKind.SLACK_USER, value="U1"),
    "discord": Address(kind=AddressKind.DISCORD_USER, value="1"),
    "teams": Address(kind=AddressKind.TEAMS_USER, value="1"),
    "kakao": Address(kind=AddressKind.KAKAO_USER, value="1"),
    "wechat": Address(kind=AddressKind.WECHAT_USER, value="o1"),
}
THREADS = {
    "discord": {"channel": "1"},
    "teams": {"service_url": "https://smba.trafficmanager.net/teams", "conversation": "c"},
}
METHODS = {"kakao": Method.REPLY, "whatsapp": Method.FREE_FORM, "messenger": Method.FREE_FORM}
MOST = {
    "line": 13,
    "whatsapp": 10,
    "messenger": 13,
    "instagram": 13,
    "slack": 25,
    "discord": 25,
    "teams": 6,
    "kakao": 10,
}


def bodies(channel: str, content: Content) -> list[Any]:
    message = outgoing(
        content,
        PEOPLE[channel],
        METHODS.get(channel, Method.PUSH),
        thread=THREADS.get(channel, {}),
        reply_token="https://bot-api.kakao.com/callback/1" if channel == "kakao" else None,
    )
    found = CHANNELS[channel].render(message, sender(secrets={"access_token": ("t",), "bot_token": ("t",)}))
    assert isinstance(found, tuple), found
    return [json.loads(one.body) for one in found]


def choices(count: int) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(label=f"choice-{n}", payload=f"payload-{n}") for n in range(count))


@pytest.mark.parametrize(("channel", "most"), MOST.items())
def test_as_many_as_the_provider_takes_are_buttons_and_more_are_lines(channel: str, most: int) -> None:
    shown = json.dumps(bodies(channel, text("which?", quick_replies=choices(most))), ensure_ascii=False)
    said = json.dumps(bodies(channel, text("which?", quick_replies=choices(most + 1))), ensure_ascii=False)
    assert ("▸" in shown, f"payload-{most - 1}" in shown) == (False, True)
    assert (f"▸ choice-{most}" in said, "payload-" in said) == (True, False)


@pytest.mark.parametrize(
    ("channel", "limit"),
    [("line", 300), ("whatsapp", 256), ("messenger", 1000), ("slack", 2000), ("discord", 100)],
)
def test_a_payload_is_whole_or_its_choice_is_a_line(channel: str, limit: int) -> None:
    shown = json.dumps(bodies(channel, text("a", quick_replies=(QuickReply(label="b", payload="p" * limit),))))
    said = json.dumps(bodies(channel, text("a", quick_replies=(QuickReply(label="b", payload="p" * (limit + 1)),))))
    assert "p" * limit in shown
    assert ("p" * limit in said, "\\u25b8 b" in said) == (False, True)


@pytest.mark.parametrize("channel", ["messenger", "slack", "discord", "teams", "line"])
def test_under_a_picture_without_words(channel: str) -> None:
    content = Content(
        kind=ContentKind.IMAGE,
        attachments=(Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg"),),
        quick_replies=choices(2),
    )
    sent = bodies(channel, content)
    assert len(sent) == 1
    assert "payload-1" in json.dumps(sent)


@pytest.mark.parametrize("channel", ["instagram", "whatsapp", "wechat"])
def test_where_choices_need_words_above_them_they_are_the_words(channel: str) -> None:
    content = Content(
        kind=ContentKind.IMAGE,
        attachments=(Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg"),),
        quick_replies=choices(2),
    )
    said = json.dumps(bodies(channel, content), ensure_ascii=False)
    assert ("▸ choice-0\\n▸ choice-1" in said, "payload-" in said) == (True, False)


def test_slack_shows_a_picture_and_its_choices_in_one_message() -> None:
    content = Content(
        kind=ContentKind.IMAGE,
        attachments=(Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg"),),
        quick_replies=choices(1),
    )
    (body,) = bodies("slack", content)
    assert [block["type"] for block in body["blocks"]] == ["image", "actions"]


@pytest.mark.parametrize(("length", "before"), [(1024, 0), (1025, 1), (5000, 1), (6000, 2)])
def test_whatsapp_puts_buttons_under_the_end_of_a_long_text(length: int, before: int) -> None:
    sent = bodies("whatsapp", text("あ" * length, quick_replies=choices(3)))
    said = [one["text"]["body"] for one in sent[:-1]]
    last = sent[-1]["interactive"]
    assert (last["type"], len(last["body"]["text"]) <= 1024) == ("button", True)
    assert "".join(said) + last["body"]["text"] == "あ" * length
    assert len(said) == before


def test_lines_labels_are_counted_as_readers_count_and_never_cut_in_two() -> None:
    (body,) = bodies("line", text("a", quick_replies=(QuickReply(label=FAMILY * 20), QuickReply(label=FAMILY * 21))))
    labels = [item["action"]["label"] for item in body["messages"][0]["quickReply"]["items"]]
    assert labels == [FAMILY * 20, FAMILY * 19 + "…"]
    assert [graphemes(label) for label in labels] == [20, 20]


def test_an_empty_payload_is_none() -> None:
    (body,) = bodies("line", text("a", quick_replies=(QuickReply(label="はい", payload=""),)))
    assert body["messages"][0]["quickReply"]["items"][0]["action"] == {
        "type": "message",
        "label": "はい",
        "text": "はい",
    }


@pytest.mark.parametrize(
    ("label", "limit", "kept"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a" + FAMILY + "b", 4, "a…"), ("ก็ดีค่ะ", 4, "ก็…"), ("あ゙あ゙", 3, "あ゙…")],
)
def test_a_label_is_cut_between_characters(label: str, limit: int, kept: str) -> None:
    assert cut(label, limit) == kept
