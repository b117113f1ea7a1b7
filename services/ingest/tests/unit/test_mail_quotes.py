"""Replies as Gmail, Outlook, Apple Mail and others write them, in the languages of our customers → what is new in them.

The forms are those of talon's, mail-parser-reply's and email-reply-parser's fixtures, with words of our own.
"""

import pytest

from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.quotes import new_text

REPLIES = {
    "gmail en": (
        "It works now, thank you!",
        "On Mon, Nov 16, 2026 at 9:41 AM Acme Support <support@acme.example> wrote:\n\n> Please try again.\n>\n> Acme",
    ),
    "gmail en wrapped": (
        "Yes.",
        "On Mon, Nov 16, 2026 at 9:41 AM Acme Support Team\n<support@acme.example> wrote:\n\n> Please try again.",
    ),
    "gmail ja": (
        "ありがとうございます。\n解決しました。",
        "2026年11月16日(月) 9:41 Acme サポート <support@acme.example>:\n\n> もう一度お試しください。",
    ),
    "gmail zh-cn": (
        "谢谢,问题已经解决了。",
        "Acme Support <support@acme.example> 于2026年11月16日周一 09:41写道：\n\n> 请再试一次。",
    ),
    "gmail zh-tw": (
        "謝謝",
        "Acme Support <support@acme.example> 於 2026年11月16日 週一 上午9:41寫道：\n\n> 請再試一次。",
    ),
    "gmail ko": (
        "감사합니다. 해결되었습니다.",
        "2026년 11월 16일 (월) 오전 9:41, Acme 지원 <support@acme.example>님이 작성:\n\n> 다시 시도해 주세요.",
    ),
    "gmail th": (
        "ขอบคุณครับ ใช้งานได้แล้ว",
        "ในวันที่ จ. 16 พ.ย. 2026 เวลา 09:41 Acme Support <support@acme.example> เขียนว่า:\n\n> กรุณาลองอีกครั้ง",
    ),
    "gmail de": (
        "Danke, es geht wieder.",
        "Am Mo., 16. Nov. 2026 um 09:41 Uhr schrieb Acme Support <support@acme.example>:\n\n> Bitte versuchen Sie es erneut.",
    ),
    "gmail fr": (
        "Merci, ça marche.",
        "Le lun. 16 nov. 2026 à 09:41, Acme Support <support@acme.example> a écrit :\n\n> Veuillez réessayer.",
    ),
    "gmail es": (
        "Gracias, ya funciona.",
        "El lun, 16 nov 2026 a las 9:41, Acme Support (<support@acme.example>) escribió:\n\n> Inténtelo de nuevo.",
    ),
    "outlook en": (
        "Thanks!",
        "________________________________\nFrom: Acme Support <support@acme.example>\n"
        "Sent: Monday, November 16, 2026 9:41 AM\nTo: Jo <jo@example.com>\n"
        "Subject: RE: Order\n\nPlease try again.\n\nAcme",
    ),
    "outlook en desktop": (
        "Thanks!",
        "-----Original Message-----\nFrom: Acme Support\nSent: Monday\nTo: Jo\nSubject: RE: Order\n\nPlease try again.",
    ),
    "outlook ja": (
        "承知しました。",
        "差出人: Acme サポート <support@acme.example>\n送信日時: 2026年11月16日 9:41\n"
        "宛先: 佐藤 <sato@example.jp>\n件名: RE: ご注文\n\nもう一度お試しください。",
    ),
    "outlook ja old": (
        "承知しました。",
        "-----元のメッセージ-----\n差出人: Acme\n送信日時: 月曜\n宛先: 佐藤\n件名: RE\n\n本文",
    ),
    "outlook zh": (
        "好的",
        "发件人: Acme Support <support@acme.example>\n发送时间: 2026年11月16日 9:41\n"
        "收件人: 王 <wang@example.cn>\n主题: 答复: 订单\n\n请再试一次。",
    ),
    "outlook ko": (
        "네",
        "보낸 사람: Acme <support@acme.example>\n보낸 날짜: 2026년 11월 16일 월요일 오전 "
        "9:41\n받는 사람: 김 <kim@example.kr>\n제목: RE: 주문\n\n"
        "다시",
    ),
    "outlook th": (
        "ตกลง",
        "จาก: Acme <support@acme.example>\nส่ง: 16 พฤศจิกายน 2569 9:41\nถึง: สมชาย <somchai@example.th>\nเรื่อง: RE: คำสั่งซื้อ\n\nกรุณาลองอีกครั้ง",
    ),
    "outlook de": (
        "Danke!",
        "Von: Acme Support <support@acme.example>\nGesendet: Montag, 16. November 2026 "
        "09:41\nAn: Jo <jo@example.de>\nBetreff: AW: Bestellung\n\n"
        "Bitte",
    ),
    "outlook fr": (
        "Merci !",
        "De : Acme Support <support@acme.example>\nEnvoyé : lundi 16 novembre 2026 09:41\n"
        "À : Jo <jo@example.fr>\nObjet : RE: Commande\n\nVeuillez",
    ),
    "outlook es": (
        "Gracias",
        "De: Acme Support <support@acme.example>\nEnviado el: lunes, 16 de noviembre de "
        "2026 9:41\nPara: Jo <jo@example.es>\nAsunto: RE: Pedido\n\n"
        "Inténtelo",
    ),
    "apple en": (
        "Great",
        "> On 16 Nov 2026, at 09:41, Acme Support <support@acme.example> wrote:\n> \n> Please try again.",
    ),
    "thunderbird de": ("Ja", "Am 16.11.26 um 09:41 schrieb Acme Support:\n> Bitte"),
    "becky ja": ("了解です", "2026/11/16 9:41、Acme <support@acme.example>のメール:\n\n> お試しください"),
    "apple ja": ("届きました", "> 2026/11/16 9:41、Acme <support@acme.example>のメール：\n>\n> お試しください"),
    "qq zh": (
        "收到",
        '------------------ 原始邮件 ------------------\n发件人: "Acme" <support@acme.example>;\n发送时间: 2026年11月16日\n\n请再试一次',
    ),
    "naver ko": ("확인했습니다", '-----Original Message-----\nFrom: "Acme"<support@acme.example>\nTo: kim\n\n다시'),
    "yahoo": ("ok", "On Monday, November 16, 2026 at 09:41:00 AM GMT+9, Acme <a@b.example> wrote:  \n \n Please try"),
    "yahoo ja": (
        "はい",
        "----- Original Message -----\n> From: Acme\n> To: x\n> Date: 2026/11/16\n> Subject: y\n>\n> foo",
    ),
    "gmail it": ("Sì", "Il giorno lun 16 nov 2026 alle ore 09:41 Acme <a@b.example> ha scritto:\n\n> foo"),
    "gmail pt": ("Sim", "Em seg., 16 de nov. de 2026 às 09:41, Acme <a@b.example> escreveu:\n\n> foo"),
    "gmail vi": ("Vâng", "Vào Th 2, 16 thg 11, 2026 vào lúc 09:41 Acme <a@b.example> đã viết:\n\n> foo"),
    "gmail tr": ("Evet", "Acme <a@b.example>, 16 Kas 2026 Pzt, 09:41 tarihinde şunu yazdı:\n\n> foo"),
    "gmail nl": ("Ja", "Op ma 16 nov 2026 om 09:41 schreef Acme <a@b.example>:\n\n> foo"),
    "gmail ru": ("Да", 'пн, 16 нояб. 2026 г. в 09:41, "Acme" <\na@b.example> написал:\n\n> foo'),
    "android ru": ("Да", '02.04.2026 14:20 пользователь "Acme" <\na@b.example> написал:\n\n> foo'),
    "mail.ru": ("Да", "Thu, 26 Jun 2026 14:00:51 +0400 от Acme <a@b.example>:\nfoo"),
    "yandex": ("Да", '26.06.2026, 14:41, "Acme" <a@b.example>:\n> foo'),
    "dutch": ("Ja", "Op 17-feb.-2026, om 13:18 heeft Acme <a@b.example> het volgende geschreven:\n\nfoo"),
    "norwegian": ("Ja", "På 14 september 2026 på 02:23:18, Acme (a@b.example) skrev:\n\nfoo"),
    "apple ko": ("네", "2026. 11. 16. 오전 9:41, Acme <a@b.example> 작성:\n\n> foo"),
    "apple zh": ("好", "> 在 2026年11月16日，09:41，Acme <a@b.example> 写道：\n> \n> foo"),
    "apple th": ("ได้", "> เมื่อ 16 พ.ย. 2569 เวลา 09:41 Acme <a@b.example> เขียนว่า:\n> \n> foo"),
    "foxmail": ("好", "雨州 <a@b.example> 在 2026年2月28日 周六 19:47 写道：\n\n大家好"),
    "netease": ("好的", 'At 2026-11-16 09:41:00, "Acme" <a@b.example> wrote:\n\nfoo'),
    "netease mobile": (
        "好的",
        "---- 回复的原邮件 ----\n| 发件人 | Acme<a@b.example> |\n| 日期 | 2026年11月16日 09:41 |\nfoo",
    ),
    "qq en": ("好的", '------------------ Original ------------------\nFrom:  "Acme"<a@b.example>;\nDate:  Mon\n\nfoo'),
    "zoho": ("ok", "---- On Wed, 24 Feb 2026 14:02:50 +0530 a@b.example wrote ----\n\nfoo"),
    "android": ("ok", "---- John Smith wrote ----\n\n> foo"),
    "hotmail": (
        "ok",
        "Date: Thu, 26 Jun 2026 13:53:45 +0400\nSubject: Test\nFrom: a@b.example\nTo: jo@x.example\n\nHello!",
    ),
    "two headers": ("ok", "--------------------\nFrom: a@b.example\nDate: Thu, 24 Mar 2026 08:07:12 -0700\nHello"),
    "old gmail": ("ok", "2026/4/7 Nathan <a@b.example>\n>  Cool beans"),
    "arabic": (
        "ok",
        "في الاثنين، 16 نوفمبر 2026 في 9:41 ص بواسطة \u202aAcme\u202c\u200f <\u202aa@b.example\u202c\u200f>:\n\n> foo",
    ),
    "becky": ("はい", "On Mon, 16 Nov 2026 09:41:00 +0900\nAcme <a@b.example> wrote:\n\n> foo"),
    "a ticket": ("ok", "##- Please type your reply above this line -##\n\nfoo"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_the_quoted_mail_is_left_out(name: str) -> None:
    new, quoted = REPLIES[name]
    assert new_text(f"{new}\n\n{quoted}\n") == new


def test_every_language_has_a_sample_of_outlook_and_gmail() -> None:
    assert {
        f"{program} {language}"
        for program in ("gmail", "outlook")
        for language in ["en", "ja", "ko", "th", "de", "fr", "es"]
    } <= set(REPLIES)
    assert {"gmail zh-cn", "outlook zh"} <= set(REPLIES)


def test_answers_between_the_lines_stay() -> None:
    text = "See below.\n\nOn Mon, Nov 16, 2026 Acme <support@acme.example> wrote:\n> Which colour?\nRed.\n> Which size?\n\nLarge.\n"
    assert new_text(text) == "See below.\n\nRed.\n\nLarge."


def test_a_line_that_the_answer_and_the_quote_share() -> None:
    assert (
        new_text("fine\nand yes--- On Wed, Apr 4, 2026 at 3:59 PM, me@domain.example wrote:\n\n> Hi") == "fine\nand yes"
    )


def test_a_forwarded_mail_inside_the_quoted_one_goes_with_it() -> None:
    quoted = "-----Original Message-----\n\nFYI\n\n---------- Forwarded message ----------\nFrom: bob@example.com\nSubject: x"
    assert new_text(f"Blah\n\n{quoted}") == "Blah"


def test_an_answer_below_the_quote_stays() -> None:
    assert (
        new_text("On Mon, Nov 16, 2026 at 9:41 Acme <a@b.example> wrote:\n> Which colour?\n\nRed, please.")
        == "Red, please."
    )


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote:\nplease call me.\nNobody did.",
        "- first\n- second\n- third",
        "From: the beginning\nit was broken.",
        "Date: tomorrow\nTo: nobody",
        "2026年11月16日に注文しました。\nまだ届きません。",
        "在北京的时候我写道",
        "> only a quote",
        "Hello\n\nSent from my desk, is much easier than my phone.",
        "The log says:\nDate: 2026-11-16\nFrom: nobody",
        "I heard that\nJo wrote:\nnothing.",
        "From: x\nSubject: y",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert new_text(text) == text


def test_a_forwarded_mail_is_what_the_sender_shows() -> None:
    text = (
        "Please see this.\n\n---------- Forwarded message ---------\n"
        "From: Shop <shop@example.com>\nDate: Mon\nSubject: Invoice\n"
        "To: jo\n\nYou owe 5."
    )
    assert new_text(text) == text
    outlook = "FYI\n\nFrom: Shop <shop@example.com>\nSent: Mon\nTo: Jo\nSubject: Invoice\n\nYou owe 5."
    assert new_text(outlook, "FW: Invoice") == outlook
    assert new_text(outlook, "RE: Invoice") == "FYI"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nJo Bloggs\nBuyer",
        "Sent from my iPhone",
        "iPhoneから送信",
        "发自我的iPhone",
        "나의 iPhone에서 보냄",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "ส่งจาก iPhone ของฉัน",
        "Get Outlook for iOS",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Télécharger Outlook pour Android<https://aka.ms/x>",
        "Outlook for Android を入手",
        "获取 Outlook for iOS",
        "iOS용 Outlook 다운로드",
        "Enviado do meu iPhone",
        "Verstuurd vanaf mijn iPad",
        "Sent from Yahoo Mail on Android",
        "Yahoo Mail: Search, Organize, Conquer",
    ],
)
def test_signatures_are_left_out(signature: str) -> None:
    assert new_text(f"Hello\n\n{signature}\n") == "Hello"
    assert new_text(f"Hello\n\n{signature}\n\nOn Mon, Nov 16, 2026 at 9:41 Acme <a@b.example> wrote:\n> x") == "Hello"


def test_gmails_html_and_outlooks() -> None:
    gmail = (
        '<div dir="ltr">届きました。</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">2026年11月16日(月) 9:41 Acme &lt;'
        '<a href="mailto:support@acme.example">support@acme.example</a>&gt;:<br></div>'
        '<blockquote class="gmail_quote">お試しください<br></blockquote></div>'
    )
    outlook = (
        '<div class="elementToProof">Danke!</div><hr tabindex="-1" style="display:inline-block; '
        'width:98%"><div id="divRplyFwdMsg"><b>Von:</b> Acme &lt;a@b.example&gt;<br>'
        "<b>Gesendet:</b> Montag, 16. November 2026 09:41<br><b>An:</b> Jo<br><b>Betreff:</b> AW: x</div><div>Bitte</div>"
    )
    assert new_text(text_of(gmail)) == "届きました。"
    assert new_text(text_of(outlook)) == "Danke!"


def test_a_mail_of_nothing_but_lines_is_read_quickly() -> None:
    """The work is bounded: no line is read against more than its neighbours."""
    assert new_text("On a\n" * 19_000).startswith("On a")
    assert new_text("On " + "a" * 500_000).startswith("On a")
