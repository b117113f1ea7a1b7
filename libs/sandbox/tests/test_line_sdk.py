"""The real client of LINE's own SDK accepts what the sandbox answers."""

import asyncio
import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    # the SDK's generated models use pydantic.v1 and warn about it at import
    warnings.simplefilter("ignore")
    from linebot.v3.messaging import (
        ApiClient,
        ApiException,
        Configuration,
        ErrorResponse,
        MessagingApi,
        MessagingApiBlob,
        PushMessageRequest,
        ReplyMessageRequest,
        TextMessage,
    )

# urllib3 pools of the SDK's client are closed by the garbage collector, not by ApiClient
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
KEY = "123e4567-e89b-12d3-a456-426614174000"


def talk(url: str) -> dict[str, Any]:
    with ApiClient(Configuration(host=f"{url}/line", access_token="token")) as client:
        api, blob = MessagingApi(client), MessagingApiBlob(client)
        push = PushMessageRequest(to="U1", messages=[TextMessage(text="返金のご案内")])
        sent = api.push_message(push, x_line_retry_key=KEY)
        with pytest.raises(ApiException) as repeated:
            api.push_message(push, x_line_retry_key=KEY)
        with pytest.raises(ApiException) as long:
            api.push_message(PushMessageRequest(to="U1", messages=[TextMessage(text="あ" * 5001)]))
        reply = api.reply_message(ReplyMessageRequest(replyToken="t1", messages=[TextMessage(text="はい")]))
        return {
            "sent": sent,
            "reply": reply,
            "repeated": repeated.value,
            "long": ErrorResponse.from_json(long.value.body),
            "profile": api.get_profile("U1"),
            "content": bytes(blob.get_message_content("123")),
        }


async def test_the_sdk_pushes_replies_and_reads_errors(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url:
        told = await asyncio.to_thread(talk, url)
    [sent] = told["sent"].sent_messages
    [replied] = told["reply"].sent_messages
    assert sent.id != replied.id
    assert sent.quote_token
    repeated = ErrorResponse.from_json(told["repeated"].body)
    assert told["repeated"].status == 409
    assert [one.id for one in repeated.sent_messages] == [sent.id]
    assert told["repeated"].headers["x-line-accepted-request-id"]
    assert [one.var_property for one in told["long"].details] == ["messages[0].text"]
    assert told["profile"].display_name
    assert told["content"].startswith(b"\x89PNG")
