"""What the skill says at once. Source: Kakao, "Response types, SkillResponse"; "AI chatbot callback guide"."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from ingest.channels.kakao.callback import callback_of
from ingest.domain.shape import Unreadable, mapping, read_json
from ingest.domain.webhook import Answer, Webhook

ACKNOWLEDGEMENT: Final = "문의가 접수되었습니다. 곧 답변드리겠습니다."


def answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable:
        return Answer(200)
    if "userRequest" not in body:
        return Answer(200)
    said = webhook.account.options.get("acknowledgement")
    if callback_of(body) is not None:
        told: dict[str, Any] = {"version": "2.0", "useCallback": True}
        told |= {"data": {"text": said}} if said else {}
    else:
        told = {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": said or ACKNOWLEDGEMENT}}]}}
    return Answer(200, json.dumps(told, ensure_ascii=False).encode(), "application/json")
