"""How mail programs introduce what they quote, by language: Gmail's, Apple's and Thunderbird's line, Outlook's block of headers."""

import re
from typing import Final

_WEEKDAY: Final = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_ATTRIBUTIONS: Final = (
    # any language: an address, and a time or a year
    r"(?=.*<\s?[^<>\s]+@[^<>\s]+\s?>)(?=.*(?:\d{1,2}[:.h時时시]\s?\d{2}|\b20\d{2}\b)).{10,500}[:：]",
    r"-*+\s*(?:On|At)\b.{4,300}\b(?:wrote|sent):?\s*-*",  # en
    r".{4,200}\bwrote on .{4,120}:",
    r"Am\b.{4,300}\bschrieb\b.{0,200}:",  # de
    r".{4,200}\bschrieb am .{4,120}:",
    r"Le\b.{4,300}\ba [ée]crit\s?:",  # fr
    r"El\b.{4,300}\bescribi[óo]\s?:",  # es
    r".{4,200}\bescribi[óo] el .{4,120}:",
    r"Il\b.{4,300}\bha scritto\s?:",  # it
    r"Em\b.{4,300}\bescreveu\s?:",  # pt
    r"Op\b.{4,300}\b(?:schreef|geschreven)\b.{0,200}:",  # nl
    r"(?:Den|På|(?:man|mån|tir|tis|ons|tor|fre|lør|lör|søn|sön)[a-z]{0,3}[.,]?)\s.{4,300}\bskrev\b.{0,200}:",  # sv, da, no
    r".{0,40}\d{4}.{4,300}\bkirjoitti:",  # fi
    r".{0,40}(?:\d{1,2}[./]\d{1,2}|\d{4}).{4,300}(?:пише|пишет|написал(?:\(а\)|а)?)\s?:",  # ru, uk
    r"(?:W dniu|Dnia)\b.{4,300}\b(?:napisał(?:\(a\)|a)?|pisze)\s?:",  # pl
    r"Vào\b.{4,300}\bđã viết\s?:",  # vi
    r"(?:Pada|On)\b.{4,300}\bmenulis\s?:",  # id
    r"(?:เมื่อ|ในวันที่|วัน|On ).{4,300}(?:ได้)?เขียน(?:ว่า)?\s?[:：]?",  # th
    r"\d{4}年\d{1,2}月\d{1,2}日.{0,300}(?:[:：]|(?:のメール|のメッセージ|書きました|書いた|wrote|写道|寫道|作成)[:：]?)",
    r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2}.{0,300}(?:(?:書きました|のメール|のメッセージ)[:：]?|wrote:|写道[:：]|寫道[:：]|작성:|[>＞][:：])",
    r"在\s?.{4,300}(?:写道|寫道)\s?[:：]?",  # zh
    r".{1,200}(?:于|於|在)\s?\d{4}年.{4,200}(?:写道|寫道)\s?[:：]?",
    r"(?:20\d{2}년|\d{4}[.] ?\d{1,2}[.] ?\d{1,2}).{4,300}(?:작성(?:하였습니다)?|쓴 글|썼습니다|님이 작성한 메시지)\s?[:：]?",  # ko
)
ATTRIBUTION: Final = re.compile(rf"^(?:{'|'.join(_ATTRIBUTIONS)})$", re.IGNORECASE)
IF_QUOTED: Final = re.compile(
    r"^(?:\d{4}/\d{1,2}/\d{1,2} .{0,120}<[^<>\s]+@[^<>\s]+>"
    r"|.{2,120}(?: wrote| schrieb| a écrit\s?| escribió| ha scritto|(?:さん|様|氏)?(?:は|が|の)?(?:書きました|発言|文章))[:：])$",
    re.IGNORECASE,
)
"""Too like a sentence, unless quoted lines follow."""

SHARED: Final = re.compile(rf"^((?![>\s]).*[^\s>-])\s*-*\s*\bOn (?:{_WEEKDAY})[a-z]*,? .{{6,200}}\bwrote:$")
"""Some programs end the answer's last line with it."""

_FROM: Final = (
    "From|Von|De|Da|Van|Från|Fra|От|От кого|Від|Od|Từ|Dari|Expéditeur|Remitente"
    "|差出人|送信元|送信者|发件人|寄件者|寄件人|보낸 ?사람|보낸이|발신|จาก"
)
_SENT: Final = (
    "Sent|Date|Gesendet|Datum|Envoyé|Envoyé le|Date ?|Enviado|Enviado el|Enviada em|"
    "Enviada|Enviado em|Fecha|Inviato|Data|Verzonden|Skickat|Sendt|Отправлено|Дата"
    "|Wysłane|Wysłano|Odesláno|Đã gửi|Ngày|Dikirim|Tanggal|送信日時|日時|日付|送信日|发送时间|发送日期|日期|"
    "寄件日期|傳送時間|보낸 ?날짜|날짜|전송|보낸시간|ส่ง|ส่งแล้ว|วันที่|ส่งเมื่อ"
)
_TO: Final = (
    "To|An|À|A|Pour|Para|Per|Aan|Till|Til|Кому|Do|Đến|Tới|Kepada|宛先|送信先|收件人|收件者|받는 ?사람|받는이|ถึง"
)
_SUBJECT: Final = (
    "Subject|Betreff|Objet|Sujet|Asunto|Oggetto|Assunto|Onderwerp|Ämne|Emne|Тема|Temat|Chủ "
    "đề|Perihal|Subjek|件名|主题|主旨|主題|제목|เรื่อง|หัวเรื่อง"
)


def _label(names: str) -> re.Pattern[str]:
    return re.compile(rf"^[>\s]*\*?(?:{names})\s?\*?\s?[:：]\*?\s*\S", re.IGNORECASE)


_HEADERS: Final = tuple(map(_label, (_FROM, _SENT, _TO, _SUBJECT)))
_ADDRESS: Final = re.compile(r"[^\s@]@[^\s@]")
_MAX_CHARS: Final = 600


def is_header_block(lines: list[str]) -> bool:
    """From, and two of date, to and subject; or two of them that hold a time and an address."""
    shown = [line[:_MAX_CHARS] for line in lines]
    first = _kind(shown[0])
    if first is None:
        return False
    kinds = {kind: line for line in reversed(shown) if (kind := _kind(line)) is not None}
    if first in (0, 1) and 0 in kinds and len(kinds) >= 3:
        return True
    said = [line for line in shown if line.strip()][:2]
    pair = {_kind(line) for line in said}
    has_time = any(_kind(line) == 1 and re.search(r"\d[:.]\d\d", line) for line in said)
    return pair in ({0, 1}, {1, 2}) and has_time and any(_ADDRESS.search(line) for line in said)


def _kind(line: str) -> int | None:
    return next((kind for kind, label in enumerate(_HEADERS) if label.match(line)), None)


_ORIGINAL: Final = (
    "Original Message|Original message|Original Appointment|Original|Ursprüngliche Nachricht|Antwort Nachricht|"
    "Ursprüngliche E-Mail|Originalnachricht|Message d'origine|Message d’origine|Message "
    "original"
    "|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht|Ursprungligt meddelande|"
    "Oprindelig meddelelse|Oprindelig besked|Opprinnelig melding|Origineel bericht|Исходное сообщение|Tin nhắn gốc"
    "|元のメッセージ|オリジナル ?メッセージ|原始邮件|邮件原件|原始郵件|原始訊息|원본 "
    "?메시지|원본 ?메일|ข้อความต้นฉบับ|ข้อความเดิม|Reply message|回复的原邮件|回复的邮件"
)
SEPARATOR: Final = re.compile(
    rf"^\s*[-–—_*=]{{2,}}+\s*(?:(?:{_ORIGINAL})\s*[-–—_*=]{{0,}}|.{{2,200}}\b(?:wrote|schrieb|a écrit|escribió)\s*-{{2,}})\s*$"
    r"|^\W{0,6}(?:please )?(?:(?:type|write) your )?reply above this line\W{0,6}$",
    re.IGNORECASE,
)
RULE: Final = re.compile(r"^\s*_{20,}\s*$|^\s*-{20,}\s*$")

FORWARDED: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:Forwarded message|Forwarded Message|Weitergeleitete Nachricht|"
    r"Message transféré|Mensaje reenviado|Messaggio inoltrato|Mensagem encaminhada|"
    r"Doorgestuurd bericht|Vidarebefordrat meddelande|転送(?:された)?メッセージ"
    r"|转发的邮件|轉寄郵件|전달된 ?메시지|ข้อความที่ส่งต่อ|Forwarded by .*)\s*-*|Begin forwarded message:|Anfang der weitergeleiteten Nachricht:"
    r"|Début du message (?:transféré|réexpédié)\s?:|Inicio del mensaje reenviado:|Inizio "
    r"messaggio inoltrato:|転送されたメッセージ：|开始转发的邮件：)\s*$",
    re.IGNORECASE,
)
FORWARD_SUBJECT: Final = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|i|enc|vs|転送|转发|轉寄|转寄|전달|fw|ส่งต่อ)\s*[:：]", re.IGNORECASE
)

SIGNATURE: Final = re.compile(r"^-- ?$")
MOBILE: Final = re.compile(
    r"^\s*(?:(?:Sent (?:from|with|via)|Get|Von meine[mr]|Gesendet (?:von|mit)|Envoyé (?:de|depuis|à partir de)"
    r"|Enviado (?:desde|do|de|con)|Inviato da"
    r"|Verzonden (?:vanaf|met)|Verstuurd vanaf|Skickat från|Sendt fra|Wysłane z|Отправлено (?:с|из)|Odesláno z"
    r"|发自|發自|从我的|從我的|나의|내|ส่งจาก) ?[^.,;。、]{2,60}[.!]?"
    r"|.{2,30}(?:から送信|から送信されました|에서 보냄|에서 보냈습니다)[。.]?"
    r"|.{0,60}\bOutlook\b.{0,20}\b(?:iOS|Android|Mac)\b.{0,80}|.{0,30}(?:iOS|Android).{0,6}\bOutlook\b.{0,60}"
    r"|Yahoo Mail: .{2,60})(?:<https?://\S+>|\(https?://\S+\))?\s*$",
    re.IGNORECASE,
)
"""The last line of a mail that a program wrote."""
