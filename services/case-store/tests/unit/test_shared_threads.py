"""Which threads are a group's and which a person's, by what each channel's ids and threads say."""

import pytest

from case_store.domain.customer import AddressKey, CustomerKind
from case_store.domain.shared_threads import kind_of, shared_thread

SHARED = (
    ("line_user", "U1", "Cabc", {}, "line_group"),
    ("line_user", "U1", "Rabc", {}, "line_room"),
    ("phone", "+8190", "Y2FwaV9ncm91cA==", {"group_id": "Y2FwaV9ncm91cA=="}, "whatsapp_group"),
    ("whatsapp_bsuid", "US.1", "Y2FwaV9ncm91cA==", {"group_id": "Y2FwaV9ncm91cA=="}, "whatsapp_group"),
    ("telegram_chat", "77", "-1001", {"chat_id": "-1001"}, "telegram_chat"),
    ("telegram_chat", "77", "-1001:5", {"chat_id": "-1001", "message_thread_id": "5"}, "telegram_chat"),
    ("slack_user", "U1", "C1:1700.1", {"channel": "C1", "thread_ts": "1700.1"}, "slack_channel"),
    ("slack_user", "U1", "G1:1700.1", {"channel": "G1"}, "slack_channel"),
    ("discord_user", "1", "2", {"channel": "2", "guild": "3"}, "discord_channel"),
    ("teams_user", "29:a", "19:x@thread.tacv2;messageid=1", {}, "teams_conversation"),
    ("teams_user", "29:a", "19:x@thread.v2", {}, "teams_conversation"),
    ("kakao_user", "u1", "g1", {"group": "g1"}, "kakao_group"),
)
OWN = (
    ("line_user", "U1", "U1", {}),
    ("phone", "+8190", "+8190", {}),
    ("phone", "+8190", "ticket-77", {}),
    ("email", "a@example.com", "thread-1", {}),
    ("external", "cust-9", "ticket-77", {}),
    ("telegram_chat", "77", "77", {"chat_id": "77"}),
    ("telegram_chat", "-1001", "-1001", {"chat_id": "-1001"}),
    ("telegram_chat", "77", "-1005:7", {"chat_id": "-1005", "direct_messages_topic_id": "7"}),
    ("kakao_user", "u1", "u1", {}),
    ("slack_user", "U1", "D1", {"channel": "D1"}),
    ("discord_user", "1", "2", {"channel": "2"}),
    ("teams_user", "29:a", "a:1x", {}),
    ("visitor", "anon:1", "anon:1", {}),
)


@pytest.mark.parametrize(("kind", "person", "conversation", "thread", "expected"), SHARED)
def test_a_group_is_the_customer(
    kind: str, person: str, conversation: str, thread: dict[str, str], expected: str
) -> None:
    found = shared_thread(AddressKey(kind, person), conversation, thread)
    assert found == AddressKey(expected, conversation)
    assert kind_of(found) is CustomerKind.GROUP


@pytest.mark.parametrize(("kind", "person", "conversation", "thread"), OWN)
def test_whose_own_talk_it_is_stays_theirs(kind: str, person: str, conversation: str, thread: dict[str, str]) -> None:
    assert shared_thread(AddressKey(kind, person), conversation, thread) is None


def test_telegrams_channels_speak_as_themselves() -> None:
    assert kind_of(AddressKey("telegram_chat", "-1001")) is CustomerKind.GROUP
    assert kind_of(AddressKey("telegram_chat", "77")) is CustomerKind.PERSON
