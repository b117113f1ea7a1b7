"""KakaoTalk chatbot skill. Secret: `skill_secret`, the value of a header that the bot sends; Kakao's channel webhook proves itself by its
admin key, which can be the second value.

`external_id`: the bot's id, checked when set. Options: `secret_header` (default `x-skill-secret`), `acknowledgement`: what is said at once.
"""

from ingest.channels.kakao.answer import answer
from ingest.channels.kakao.parse import parse
from ingest.channels.kakao.verify import verify
from ingest.handlers.ports import Channel

KAKAO = Channel(
    name="kakao",
    signing_secret="skill_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=answer,
    reads=("text", "image", "video", "audio", "postback", "follow"),
)
