"""A message of ours → the exact mail and the exact requests of SMTP, Mailgun, SendGrid, Postmark and SES; their answers → outcomes."""

import base64
import email
import hmac
import json
from datetime import UTC, datetime
from email import policy
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from channel_values import KEY, NOW, outgoing, sender, text

from contracts.values import Address, AddressKind, Attachment, Author, AuthorKind, Content, ContentKind, QuickReply
from notifier.channels.mail.compose import Mail, as_html, compose
from notifier.channels.mail.reply_token import with_token
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender
from notifier.channels.table import CHANNELS
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome
from runtime.aws_signature import Credentials, authorization

JO = Address(kind=AddressKind.EMAIL, value="jo@example.com")
THREAD = {
    "message_id": "<b@example.com>",
    "references": "<a@example.com> <ours@acme.example>",
    "subject": "注文について",
    "mailbox": "sales@acme.example",
}
OPTIONS = {
    "from_name": "Acme サポート",
    "addresses": "sales@acme.example",
    "host": "mail.acme.example",
    "username": "u",
}
SECRETS = {
    name: (f"{name}-value",)
    for name in ("reply_secret", "smtp_password", "api_key", "server_token", "access_key_id", "secret_access_key")
}
OUR_ID = f"<{KEY}@sales.acme.example>".replace("sales.", "")


def account(**options: str) -> Sender:
    return sender(external_id="support@acme.example", options=OPTIONS | options, secrets=SECRETS)


def message(content: Content | None = None, **values: Any) -> Outgoing:
    return outgoing(
        content or text("届きましたか?\nhttps://acme.example/a?b=1&c=2"),
        JO,
        Method.PUSH,
        **({"thread": THREAD} | values),
    )


def rendered(channel: str, given: Outgoing | None = None, **options: str) -> ProviderRequest:
    found = CHANNELS[channel].render(given or message(), account(**options))
    assert not isinstance(found, Outcome), found
    (request,) = found
    return request


def composed(given: Outgoing) -> Mail:
    found = compose(given, account())
    assert isinstance(found, Mail), found
    return found


def test_the_reply_address_names_the_case_so_that_ingest_believes_it() -> None:
    case = UUID("01936f6e-0000-7000-8000-000000000001")
    address = with_token("support@acme.example", case, "s")
    local, token, domain = address.replace("@", "+").split("+")
    raw = base64.b32decode(token.upper() + "=" * 6)
    assert (local, domain, raw[:16]) == ("support", "acme.example", case.bytes)
    assert raw[16:] == hmac.digest(b"s", b"reply:" + case.bytes, "sha256")[:10]
    assert len(local) + 1 + len(token) <= 64


def test_a_reply_goes_on_in_its_thread() -> None:
    mail = composed(message())
    assert (mail.sender, mail.recipient, mail.subject) == ("sales@acme.example", "jo@example.com", "Re: 注文について")
    assert mail.message_id == OUR_ID
    assert mail.in_reply_to == "<b@example.com>"
    assert mail.references == ("<a@example.com>", "<ours@acme.example>", "<b@example.com>")
    assert mail.reply_to is not None
    assert mail.reply_to.startswith("sales+")


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("RE: x", "RE: x"),
        ("AW: x", "AW: x"),
        ("返信: x", "返信: x"),
        ("x\r\nBcc: evil@example.com", "Re: x Bcc: evil@example.com"),
        ("", "Your enquiry"),
    ],
)
def test_subjects(asked: str, subject: str) -> None:
    assert composed(message(thread={"subject": asked})).subject == subject


def test_without_a_thread_the_agents_subject_or_the_customers_language_gives_one() -> None:
    assert composed(message(text("x", subject="Your refund"), thread={})).subject == "Your refund"
    assert composed(message(thread={}, language="ja")).subject == "お問い合わせの件"


def test_what_outsiders_put_into_the_thread_makes_no_headers() -> None:
    mail = composed(
        message(
            thread={
                "message_id": "<x@y>\r\nBcc: a@b",
                "references": "no ids\r\nBcc: a@b",
                "mailbox": "evil@example.com",
            }
        )
    )
    assert (mail.in_reply_to, mail.references, mail.sender) == ("<x@y>", ("<x@y>",), "support@acme.example")


def test_machines_say_that_they_are() -> None:
    bot = Author(kind=AuthorKind.BOT, id="b")
    given = message()
    mail = composed(
        Outgoing(**{name: getattr(given, name) for name in Outgoing.__dataclass_fields__} | {"author": bot})
    )
    assert mail.headers()["Auto-Submitted"] == "auto-replied"
    assert "Auto-Submitted" not in composed(given).headers()


def test_links_files_and_buttons() -> None:
    file = Attachment(kind=ContentKind.FILE, url="https://cdn.example/a.pdf", file_name="契約.pdf")
    content = Content(
        kind=ContentKind.FILE,
        text="See <this>",
        attachments=(file,),
        quick_replies=(QuickReply(label="はい"), QuickReply(label="いいえ")),
    )
    mail = composed(message(content))
    assert mail.text == "See <this>\n\n契約.pdf\nhttps://cdn.example/a.pdf\n\n- はい\n- いいえ"
    assert "See &lt;this&gt;" in mail.html
    assert '<a href="https://cdn.example/a.pdf">' in mail.html
    assert as_html("(https://a.example/x).").count('href="https://a.example/x"') == 1


@pytest.mark.parametrize(
    "content",
    [
        Content(kind=ContentKind.STICKER, sticker="1/2"),
        text(""),
        Content(kind=ContentKind.FILE, attachments=(Attachment(kind=ContentKind.FILE),)),
    ],
)
def test_what_a_mail_cannot_carry(content: Content) -> None:
    found = compose(message(content), account())
    assert isinstance(found, Outcome)
    assert found.code == "permanent:unsupported_content"


@pytest.mark.parametrize(
    "address",
    [
        "jo",
        "jo@x@y",
        "jo@example.com, all@example.com",
        "jo@example.com\r\nBcc: a@b",
        "jö@example.com",
        "<jo@example.com>",
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    given = outgoing(text("x"), Address(kind=AddressKind.EMAIL, value=address), Method.PUSH)
    found = compose(given, account())
    assert isinstance(found, Outcome)
    assert found.code == "recipient_gone"


def test_smtp() -> None:
    request = rendered("email")
    assert (request.url, request.headers["mail-from"], request.headers["rcpt-to"], request.headers["security"]) == (
        "smtp://mail.acme.example:587",
        "sales@acme.example",
        "jo@example.com",
        "starttls",
    )
    assert request.body == rendered("email").body
    parsed = email.message_from_bytes(request.body, policy=policy.default)
    assert parsed["subject"] == "Re: 注文について"
    assert parsed["from"].addresses[0].display_name == "Acme サポート"
    assert (parsed["message-id"], parsed["in-reply-to"], parsed["references"]) == (
        OUR_ID,
        "<b@example.com>",
        "<a@example.com> <ours@acme.example> <b@example.com>",
    )
    assert parsed["date"].datetime == NOW
    plain, rich = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().strip().startswith("届きましたか?")
    assert "href=" in rich.get_content()
    assert max(map(len, request.body.split(b"\r\n"))) < 998
    for wrong in ({"host": ""}, {"security": "maybe"}, {"port": "x"}):
        assert isinstance(CHANNELS["email"].render(message(), account(**wrong)), Outcome)


def test_mailgun() -> None:
    request = rendered("mailgun")
    assert request.url == "/v3/acme.example/messages"
    assert base64.b64decode(request.headers["Authorization"].partition(" ")[2]) == b"api:api_key-value"
    fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    assert (fields["from"], fields["to"], fields["subject"]) == (
        '"Acme サポート" <sales@acme.example>',
        "jo@example.com",
        "Re: 注文について",
    )
    assert (fields["h:Message-Id"], fields["h:In-Reply-To"]) == (OUR_ID, "<b@example.com>")
    assert fields["h:Reply-To"].startswith("sales+")
    assert {"text", "html", "h:References"} <= fields.keys()


def test_sendgrid() -> None:
    request = rendered("sendgrid")
    body = json.loads(request.body)
    assert (request.url, request.headers["Authorization"]) == ("/v3/mail/send", "Bearer api_key-value")
    assert body["personalizations"] == [{"to": [{"email": "jo@example.com"}]}]
    assert body["from"] == {"email": "sales@acme.example", "name": "Acme サポート"}
    assert [one["type"] for one in body["content"]] == ["text/plain", "text/html"]
    assert (body["headers"]["Message-ID"], body["custom_args"]) == (OUR_ID, {"madoguchi_message_id": OUR_ID})


def test_postmark() -> None:
    request = rendered("postmark", message_stream="support")
    body = json.loads(request.body)
    assert (request.url, request.headers["X-Postmark-Server-Token"]) == ("/email", "server_token-value")
    assert (body["From"], body["To"], body["MessageStream"]) == (
        '"Acme サポート" <sales@acme.example>',
        "jo@example.com",
        "support",
    )
    assert {"Name": "X-PM-KeepID", "Value": "true"} in body["Headers"]
    assert {"Name": "References", "Value": "<a@example.com> <ours@acme.example> <b@example.com>"} in body["Headers"]


def test_ses() -> None:
    request = rendered("ses", region="ap-northeast-1", configuration_set="events")
    body = json.loads(request.body)
    assert request.url == "https://email.ap-northeast-1.amazonaws.com/v2/email/outbound-emails"
    assert (body["Destination"], body["ConfigurationSetName"]) == ({"ToAddresses": ["jo@example.com"]}, "events")
    parsed = email.message_from_bytes(base64.b64decode(body["Content"]["Raw"]["Data"]), policy=policy.default)
    assert parsed["in-reply-to"] == "<b@example.com>"
    assert "Credential=access_key_id-value/20261121/ap-northeast-1/ses/aws4_request" in request.headers["Authorization"]
    assert "secret" not in request.headers["Authorization"].replace("secret_access", "")


def test_the_signature_is_amazons_by_their_published_example() -> None:
    """aws-sig-v4-test-suite, "get-vanilla"."""
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    proof = authorization(
        credentials, "GET", "/", {"Host": "example.amazonaws.com", "X-Amz-Date": "20150830T123600Z"}, b"", at
    )
    assert proof.endswith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")


@pytest.mark.parametrize("channel", ["mailgun", "sendgrid", "postmark", "ses"])
def test_an_account_without_its_secret_is_broken(channel: str) -> None:
    found = CHANNELS[channel].render(message(), sender(external_id="a@b.example", secrets={}))
    assert isinstance(found, Outcome)
    assert found.code == "channel_broken"


@pytest.mark.parametrize("channel", ["email", "mailgun", "sendgrid", "postmark", "ses"])
def test_no_secret_or_word_shows_in_a_repr(channel: str) -> None:
    shown = repr((rendered(channel), account()))
    assert "-value" not in shown
    assert "届き" not in shown


def answer(status: int, body: Any = None, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


ANSWERS = [
    ("email", answer(250, b"2.0.0 Ok: queued as 1", stage="mail"), "accepted", (OUR_ID,)),
    ("email", answer(451, b"4.7.1 Greylisted", stage="recipient"), "throttled", ()),
    ("email", answer(452, b"4.2.2 full", stage="recipient"), "transient", ()),
    ("email", answer(421, b"busy", stage="connect"), "transient", ()),
    ("email", answer(550, b"5.1.1 no such user", stage="recipient"), "recipient_gone", ()),
    ("email", answer(550, b"no such user", stage="recipient"), "recipient_gone", ()),
    ("email", answer(550, b"5.7.1 blocked", stage="recipient"), "permanent:email_5.7.1", ()),
    ("email", answer(552, b"5.3.4 too big", stage="mail"), "permanent:email_5.3.4", ()),
    ("email", answer(554, b"spam", stage="mail"), "permanent:email_554", ()),
    ("email", answer(535, b"5.7.8 bad credentials", stage="sign in"), "channel_broken", ()),
    ("email", answer(550, b"5.7.1 sender not allowed", stage="sender"), "channel_broken", ()),
    (
        "mailgun",
        answer(200, {"id": "<k@acme.example>", "message": "Queued. Thank you."}),
        "accepted",
        ("<k@acme.example>",),
    ),
    ("mailgun", answer(401, b"Forbidden"), "channel_broken", ()),
    ("mailgun", answer(404, {"message": "Domain not found: x"}), "channel_broken", ()),
    ("mailgun", answer(400, {"message": "to parameter is not a valid address"}), "recipient_gone", ()),
    ("mailgun", answer(400, {"message": "from parameter is missing"}), "permanent:mailgun_400", ()),
    ("mailgun", answer(402, {"message": "Request failed"}), "channel_broken", ()),
    ("mailgun", answer(429, {"message": "slow"}), "throttled", ()),
    ("mailgun", answer(500, b""), "ambiguous", ()),
    ("sendgrid", answer(202, None, x_message_id="sg1"), "accepted", (OUR_ID, "sg1")),
    (
        "sendgrid",
        answer(401, {"errors": [{"message": "The provided authorization grant is invalid"}]}),
        "channel_broken",
        (),
    ),
    ("sendgrid", answer(400, {"errors": [{"message": "Bad Request", "field": "from"}]}), "permanent:sendgrid_400", ()),
    (
        "sendgrid",
        answer(
            400,
            {"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}]},
        ),
        "recipient_gone",
        (),
    ),
    ("sendgrid", answer(413, {"errors": [1]}), "permanent:sendgrid_413", ()),
    ("sendgrid", answer(429, {}), "throttled", ()),
    ("sendgrid", answer(503, {}), "ambiguous", ()),
    ("postmark", answer(200, {"ErrorCode": 0, "Message": "OK", "MessageID": "pm1"}), "accepted", ("pm1", OUR_ID)),
    ("postmark", answer(422, {"ErrorCode": 406, "Message": "inactive recipient"}), "recipient_gone", ()),
    (
        "postmark",
        answer(422, {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal address"}),
        "recipient_gone",
        (),
    ),
    (
        "postmark",
        answer(422, {"ErrorCode": 300, "Message": "Invalid 'From' address: 'a@b.example'."}),
        "channel_broken",
        (),
    ),
    (
        "postmark",
        answer(422, {"ErrorCode": 300, "Message": "Provide either email TextBody or HtmlBody"}),
        "permanent:postmark_300",
        (),
    ),
    ("postmark", answer(422, {"ErrorCode": 402, "Message": "Invalid JSON"}), "permanent:postmark_402", ()),
    ("postmark", answer(422, {"ErrorCode": 409, "Message": "JSON required"}), "permanent:postmark_409", ()),
    ("postmark", answer(422, {"ErrorCode": 411, "Message": "Forbidden attachment type"}), "permanent:postmark_411", ()),
    ("postmark", answer(422, {"ErrorCode": 413, "Message": "Account may not send"}), "channel_broken", ()),
    ("postmark", answer(429, {"ErrorCode": 429, "Message": "Rate Limit Exceeded"}), "throttled", ()),
    ("postmark", answer(422, {"ErrorCode": 400, "Message": "sender signature"}), "channel_broken", ()),
    ("postmark", answer(401, {"ErrorCode": 10, "Message": "token"}), "channel_broken", ()),
    ("postmark", answer(503, {"ErrorCode": 100, "Message": "maintenance"}), "transient", ()),
    ("postmark", answer(500, b"x"), "ambiguous", ()),
    ("ses", answer(200, {"MessageId": "0100-0"}), "accepted", ("0100-0", "<0100-0@email.amazonses.com>")),
    (
        "ses",
        answer(400, {"message": "x"}, x_amzn_errortype="MessageRejected:http://x"),
        "permanent:ses_MessageRejected",
        (),
    ),
    (
        "ses",
        answer(400, {"message": "Email address is not verified."}, x_amzn_errortype="MessageRejected"),
        "channel_broken",
        (),
    ),
    ("ses", answer(400, {"message": "x"}, x_amzn_errortype="SendingPausedException"), "channel_broken", ()),
    ("ses", answer(403, {"message": "x"}, x_amzn_errortype="SignatureDoesNotMatch"), "channel_broken", ()),
    ("ses", answer(429, {"__type": "com.amazonaws#TooManyRequestsException"}), "throttled", ()),
    ("ses", answer(500, b""), "ambiguous", ()),
]


@pytest.mark.parametrize(("channel", "given", "code", "ids"), ANSWERS)
def test_answers(channel: str, given: HttpAnswer, code: str, ids: tuple[str, ...]) -> None:
    outcome = CHANNELS[channel].classify(rendered(channel), given, NOW)
    assert (outcome.code, outcome.ids) == (code, ids)
