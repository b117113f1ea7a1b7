"""A browser's socket, over a real server: sent once, acknowledged by the broker, read on without a gap after every break."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import websockets
from chat_house import NOW, ChatHouse, Page

from contracts.chat import ChatSignal, VisitorSignalled, VisitorTold
from contracts.inbound import MessageReceived, ReceiptReceived, TypingReceived
from contracts.values import Attachment, Author, AuthorKind, ContentKind, MessageStatus


@pytest.fixture
async def house() -> AsyncIterator[ChatHouse]:
    async with ChatHouse.open() as house:
        yield house


async def texts(page: Page, count: int) -> list[tuple[int, str]]:
    frames = [await page.next("message") for _ in range(count)]
    return [(frame["position"], frame["text"]) for frame in frames]


async def test_a_message_is_acknowledged_when_the_broker_has_it(house: ChatHouse) -> None:
    session, id = await house.session(name="鈴木", language="ja"), str(uuid4())
    async with house.page(session["token"]) as page:
        assert (await page.next())["type"] == "ready"
        await page.say(type="message", id=id, text="返品したいです")
        assert await page.next("ack") == {"type": "ack", "id": id}
    (event,) = [one for one in house.events() if isinstance(one, MessageReceived)]
    assert (event.channel, event.account, event.conversation) == ("webchat", "shop-chat", session["visitor"])
    assert (event.content.text, event.contact.display_name, event.contact.language) == ("返品したいです", "鈴木", "ja")
    assert event.contact.address.value == session["visitor"]
    assert event.occurred_at == NOW


async def test_the_same_id_again_is_the_same_event(house: ChatHouse) -> None:
    session, id = await house.session(), str(uuid4())
    for _ in range(2):
        async with house.page(session["token"]) as page:
            await page.say(type="message", id=id, text="hello")
            await page.next("ack")
    first, second = [one.envelope.id for one in house.keeper.records if one.envelope.type == "MessageReceived"]
    assert first == second


async def test_one_visitors_id_never_hides_anothers_message(house: ChatHouse) -> None:
    id = str(uuid4())
    for _ in range(2):
        async with house.page((await house.session())["token"]) as page:
            await page.say(type="message", id=id, text="hello")
            await page.next("ack")
    first, second = [one.envelope for one in house.keeper.records if one.envelope.type == "MessageReceived"]
    assert first.id != second.id
    assert first.data.provider_message_id != second.data.provider_message_id


async def test_without_the_broker_there_is_no_acknowledgement_and_the_same_id_may_come_again(house: ChatHouse) -> None:
    session, id = await house.session(), str(uuid4())
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        house.keeper.down = True
        await page.say(type="message", id=id, text="hello")
        refused = await page.next("error")
        assert (refused["id"], refused["code"]) == (id, "dependency_down")
        house.keeper.down = False
        await page.say(type="message", id=id, text="hello")
        assert (await page.next())["type"] == "ack"


async def test_replies_arrive_in_order_and_a_returning_page_reads_on(house: ChatHouse) -> None:
    session = await house.session()
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        house.keeper.say(session["visitor"], "one")
        house.keeper.say(session["visitor"], "two")
        assert await texts(page, 2) == [(1, "one"), (2, "two")]
    for text in ("three", "four", "five"):
        house.keeper.say(session["visitor"], text)
    async with house.page(session["token"], after=2) as page:
        assert await texts(page, 3) == [(3, "three"), (4, "four"), (5, "five")]
        assert (await page.next())["type"] == "caught_up"


async def test_breaks_at_every_point_lose_nothing_and_repeat_nothing(house: ChatHouse) -> None:
    """The connection is torn after each line, while others are on their way."""
    session, seen = await house.session(), list[int]()
    for n in range(1, 31):
        house.keeper.say(session["visitor"], str(n))
    while len(seen) < 52:
        async with house.page(session["token"], after=seen[-1] if seen else 0) as page:
            if len(seen) < 45 and seen:
                house.keeper.say(session["visitor"], "more")
                house.keeper.say(session["visitor"], "more", lost=True)
            seen += [(await page.next("message"))["position"] for _ in range(4)]
            page.socket.transport.abort()
    assert seen == list(range(1, 53))


async def test_what_a_page_missed_is_asked_for_as_soon_as_it_shows(house: ChatHouse) -> None:
    session = await house.session()
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        house.keeper.say(session["visitor"], "one", lost=True)
        house.keeper.say(session["visitor"], "two", lost=True)
        house.keeper.say(session["visitor"], "three")
        assert await texts(page, 3) == [(1, "one"), (2, "two"), (3, "three")]


async def test_late_and_repeated_news_are_told_once(house: ChatHouse) -> None:
    session = await house.session()
    visitor = session["visitor"]
    line = house.keeper.say(visitor, "one")
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        again = VisitorTold(account="shop-chat", visitor=visitor, after=0, through=1, last=1, lines=(line,))
        house.keeper.tell(again)
        house.keeper.tell(again)
        house.keeper.say(visitor, "two")
        assert await texts(page, 1) == [(2, "two")]
    assert [frame["position"] for frame in page.frames if frame["type"] == "message"] == [1, 2]


async def test_a_long_history_comes_in_portions(house: ChatHouse) -> None:
    house.keeper.portion = 3
    session = await house.session()
    for n in range(1, 11):
        house.keeper.say(session["visitor"], str(n))
    async with house.page(session["token"]) as page:
        assert [position for position, _ in await texts(page, 10)] == list(range(1, 11))


async def test_a_position_from_elsewhere_is_put_right(house: ChatHouse) -> None:
    session = await house.session()
    house.keeper.say(session["visitor"], "one")
    async with house.page(session["token"], after=40) as page:
        assert await page.next("caught_up") == {"type": "caught_up", "after": 1}
        house.keeper.say(session["visitor"], "two")
        assert await texts(page, 1) == [(2, "two")]


async def test_all_pages_of_a_visitor_hear_and_nobody_elses(house: ChatHouse) -> None:
    mine, others = await house.session(), await house.session()
    async with house.page(mine["token"]) as one, house.page(mine["token"]) as two, house.page(others["token"]) as three:
        for page in (one, two, three):
            await page.next("caught_up")
        house.keeper.say(mine["visitor"], "for you")
        house.keeper.say(others["visitor"], "for them")
        assert await texts(one, 1) == await texts(two, 1) == [(1, "for you")]
        assert await texts(three, 1) == [(1, "for them")]


async def test_seen_and_typing_go_both_ways(house: ChatHouse) -> None:
    session = await house.session()
    visitor = session["visitor"]
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        house.keeper.say(visitor, "one")
        await page.next("message")
        await page.say(type="delivered", positions=[1])
        await page.say(type="read", positions=[1])
        await page.say(type="typing")
        await page.say(type="ping")
        await page.next("pong")
        author = Author(kind=AuthorKind.AGENT, id="sato")
        for signal in (ChatSignal.TYPING, ChatSignal.READ):
            house.keeper.tell(
                VisitorSignalled(account="shop-chat", visitor=visitor, signal=signal, author=author, at=NOW)
            )
        assert [(await page.next())["type"] for _ in range(2)] == ["typing", "read"]
    receipts = [one for one in house.events() if isinstance(one, ReceiptReceived)]
    assert [(one.provider_message_id, one.status) for one in receipts] == [
        (f"{visitor}/1", MessageStatus.DELIVERED),
        (f"{visitor}/1", MessageStatus.READ),
    ]
    assert [one.conversation for one in house.events() if isinstance(one, TypingReceived)] == [visitor]


async def test_a_file_of_ours_comes_behind_a_link(house: ChatHouse) -> None:
    session = await house.session()
    await house.files.put("files/acme/ab/abc", b"\x89PNG\r\n\x1a\n....")
    mine = Attachment(kind=ContentKind.IMAGE, object_key="files/acme/ab/abc", mime="text/html", file_name="図.png")
    foreign = Attachment(kind=ContentKind.IMAGE, object_key="files/globex/ab/abc")
    async with house.page(session["token"]) as page:
        house.keeper.say(session["visitor"], "see", attachments=(mine, foreign))
        first, second = (await page.next("message"))["files"]
    assert "url" not in second
    answer = await house.http.get(first["url"].replace("https://hooks.example.com", ""))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%9B%B3.png"
    assert "sandbox" in answer.headers["content-security-policy"]
    tampered = first["url"].replace("https://hooks.example.com", "")[:-2] + "xx"
    assert (await house.http.get(tampered)).status_code == 404


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "message", "id": "no uuid", "text": "x"},
        {"type": "message", "id": str(uuid4())},
        {"type": "message", "id": str(uuid4()), "text": "x" * 8_001},
        {"type": "message", "id": str(uuid4()), "text": "x", "files": ["forged.token"]},
        {"type": "read", "positions": [0]},
        {"type": "unheard-of"},
        ["no object"],
    ],
)
async def test_a_frame_that_is_wrong_is_told_and_ends_nothing(house: ChatHouse, frame: object) -> None:
    import json

    async with house.page((await house.session())["token"]) as page:
        await page.next("caught_up")
        await page.socket.send(json.dumps(frame))
        refused = await page.next()
        assert refused["type"] == "error"
        assert refused["code"] in ("invalid_frame", "file_unknown")
        await page.say(type="ping")
        assert (await page.next())["type"] == "pong"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil.example", None])
async def test_other_origins_are_refused_at_the_handshake(house: ChatHouse, origin: str | None) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with house.page(None, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    assert b"origin_not_allowed" in refused.value.response.body


async def test_a_socket_needs_a_live_session(house: ChatHouse) -> None:
    session = await house.session()
    async with house.page("forged.token") as page:
        assert await page.closed() == (4401, "session_invalid")
    async with house.page(None) as page:
        await page.say(type="ping")
        assert await page.closed() == (4400, "hello_expected")
    house.clock.advance(timedelta(hours=2))
    async with house.page(session["token"]) as page:
        assert await page.closed() == (4401, "session_expired")


async def test_a_session_that_ends_meanwhile_ends_its_socket(house: ChatHouse) -> None:
    session = await house.session()
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        house.clock.advance(timedelta(hours=2))
        house.keeper.say(session["visitor"], "a gap makes it look", lost=True)
        house.keeper.say(session["visitor"], "again")
        assert await page.closed() == (4401, "session_expired")


async def test_a_flood_is_told_to_wait_and_nothing_of_it_is_lost_silently(house: ChatHouse) -> None:
    session = await house.session()
    async with house.page(session["token"]) as page:
        await page.next("caught_up")
        ids = [str(uuid4()) for _ in range(40)]
        for id in ids:
            await page.say(type="message", id=id, text="x")
        answers = [await page.next() for _ in ids]
    limited = [one for one in answers if one["type"] == "error"]
    assert {one["code"] for one in limited} == {"rate_limited"}
    assert all(one["retry_after_ms"] >= 1 for one in limited)
    taken = [one for one in house.events() if isinstance(one, MessageReceived)]
    assert len(taken) == len(answers) - len(limited) < 40
    assert [one["id"] for one in answers] == ids
