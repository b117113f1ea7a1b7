"""How mail programs introduce what they quote, by language: Gmail's, Apple's and Thunderbird's line, Outlook's block of headers."""

import re
from typing import Final

_ATTRIBUTIONS: Final = (
    r"On\b.{4,300}\bwrote:",  # en
    r".{4,200}\bwrote on .{4,120}:",
    r"Am\b.{4,300}\bschrieb\b.{0,200}:",  # de
    r".{4,200}\bschrieb am .{4,120}:",
    r"Le\b.{4,300}\ba [ée]crit\s?:",  # fr
    r"El\b.{4,300}\bescribi[óo]\s?:",  # es
    r".{4,200}\bescribi[óo] el .{4,120}:",
    r"Il\b.{4,300}\bha scritto\s?:",  # it
    r"Em\b.{4,300}\bescreveu\s?:",  # pt
    r"Op\b.{4,300}\bschreef\b.{0,200}:",  # nl
    r"Den\b.{4,300}\bskrev\b.{0,200}:",  # sv, da, no
    r".{4,300}(?:пише|пишет|написал(?:\(а\)|а)?)\s?:",  # ru, uk
    r"W dniu\b.{4,300}\bnapisał(?:\(a\)|a)?\s?:",  # pl
    r"Vào\b.{4,300}\bđã viết\s?:",  # vi
    r"(?:Pada|On)\b.{4,300}\bmenulis\s?:",  # id
    r"(?:เมื่อ|ในวันที่|วัน).{4,300}เขียนว่า\s?[:：]?",  # th
    r"\d{4}年\d{1,2}月\d{1,2}日.{0,300}(?:[:：]|のメール[:：]?|(?:書きました|書いた|wrote|写道|寫道|作成)[:：]?)",  # ja, zh
    r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2}.{0,300}(?:(?:書きました|のメール)[:：]?|wrote:|写道[:：]|寫道[:：]|작성:|[>＞][:：])",
    r"在\s?.{4,300}(?:写道|寫道)\s?[:：]?",  # zh
    r".{1,200}(?:于|於)\s?\d{4}年.{4,200}(?:写道|寫道)\s?[:：]?",
    r"(?:20\d{2}년|\d{4}[.] ?\d{1,2}[.] ?\d{1,2}).{4,300}(?:작성|쓴 글|님이 작성한 메시지)\s?[:：]?",  # ko
)
ATTRIBUTION: Final = re.compile(rf"^(?:{'|'.join(_ATTRIBUTIONS)})$", re.IGNORECASE)

_FROM: Final = "From|Von|De|Da|Van|Från|Fra|От|Від|Od|Từ|Dari|差出人|送信者|发件人|寄件者|寄件人|보낸 ?사람|보낸이|จาก"
_SENT: Final = (
    "Sent|Date|Gesendet|Datum|Envoyé|Envoyé le|Date ?|Enviado|Enviado el|Enviada em|"
    "Fecha|Inviato|Data|Verzonden|Skickat|Sendt|Отправлено|Дата"
    "|Wysłane|Đã gửi|Ngày|Dikirim|Tanggal|送信日時|日時|日付|发送时间|发送日期|日期|"
    "寄件日期|傳送時間|보낸 ?날짜|날짜|전송|보낸시간|ส่ง|ส่งแล้ว|วันที่|ส่งเมื่อ"
)
_TO: Final = "To|An|À|A|Para|Per|Aan|Till|Til|Кому|Do|Đến|Tới|Kepada|宛先|收件人|收件者|받는 ?사람|받는이|ถึง"
_SUBJECT: Final = (
    "Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp|Ämne|Emne|Тема|Temat|Chủ "
    "đề|Perihal|Subjek|件名|主题|主旨|主題|제목|เรื่อง|หัวเรื่อง"
)


def _label(names: str) -> re.Pattern[str]:
    return re.compile(rf"^[>\s]*\*?(?:{names})\s?\*?\s?[:：]\*?\s*\S", re.IGNORECASE)


HEADER_FROM: Final = _label(_FROM)
HEADER_OTHERS: Final = (_label(_SENT), _label(_TO), _label(_SUBJECT))

_ORIGINAL: Final = (
    "Original Message|Original message|Original Appointment|Ursprüngliche Nachricht|"
    "Ursprüngliche E-Mail|Originalnachricht|Message d'origine|Message d’origine|Message "
    "original"
    "|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht|Ursprungligt meddelande|Исходное сообщение|Tin nhắn gốc"
    "|元のメッセージ|オリジナル ?メッセージ|原始邮件|邮件原件|原始郵件|原始訊息|원본 "
    "?메시지|원본 ?메일|ข้อความต้นฉบับ|ข้อความเดิม|Reply message|回复的原邮件|回复的邮件"
)
SEPARATOR: Final = re.compile(rf"^\s*[-–—_*=]{{2,}}\s*(?:{_ORIGINAL})\s*[-–—_*=]{{2,}}\s*$", re.IGNORECASE)
RULE: Final = re.compile(r"^\s*_{20,}\s*$|^\s*-{20,}\s*$")

FORWARDED: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:Forwarded message|Forwarded Message|Weitergeleitete Nachricht|"
    r"Message transféré|Mensaje reenviado|Messaggio inoltrato|転送(?:された)?メッセージ"
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
    r"^\s*(?:Sent from (?:my |Mail for |Yahoo|Outlook|Gmail|Samsung)|Get Outlook for |Von meine[mr] .{2,40} gesendet|Gesendet (?:von|mit) "
    r"|Envoyé de mon |Envoyé depuis |Enviado desde mi |Obtener Outlook para |Télécharger Outlook|Inviato da "
    r"|iPhoneから送信|.{0,20}から送信$|发自我的|从我的.{1,20}发送|發自我的|나의 .{1,20}에서 "
    r"보냄|내 .{1,20}에서 보냄|.{0,30}에서 보냄$|ส่งจาก .{1,40}(?:ของฉัน)?$|Sent with "
    r")",
    re.IGNORECASE,
)
