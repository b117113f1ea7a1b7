"""Did a machine write it? Absence notes, lists, bulk, systems: kept, and never answered by themselves."""

import re
from typing import Final

from ingest.domain.mail import headers as head
from ingest.domain.mail.letter import Letter

_ANY: Final = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-auto-response-suppress",
    "x-loop",
    "x-failed-recipients",
)
_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_MACHINES: Final = ("mailer-daemon@", "postmaster@")
_SUBJECT: Final = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|"
    r"自動返信|自動応答|不在通知|【自動返信】|自动回复|自動回覆|자동 ?회신|자동 ?응답|"
    r"부재중"
    r"|automatische antwort|abwesenheits(?:notiz|benachrichtigung)|r[ée]ponse automatique|"
    r"absence du bureau|respuesta autom[áa]tica|fuera de (?:la )?oficina"
    r"|risposta automatica|resposta autom[áa]tica|ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|trả lời tự động)(?=[:：\s]|$|[^\w])",
    re.IGNORECASE,
)


def is_automatic(letter: Letter) -> bool:
    """By RFC 3834 and what mail systems do besides."""
    headers = letter.headers
    submitted = head.first(headers, "auto-submitted").lower().partition(";")[0].strip()
    if submitted not in ("", "no"):
        return True
    if head.first(headers, "precedence").lower() in _BULK or any(name in headers for name in _ANY):
        return True
    if head.first(headers, "return-path") == "<>" or letter.sender.startswith(_MACHINES):
        return True
    return _SUBJECT.match(letter.subject) is not None
