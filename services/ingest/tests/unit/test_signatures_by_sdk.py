"""Signed by the providers' SDKs and judged by us, and the reverse, where a test of the channel's own doesn't do it.

`BY` says for every channel which SDK of PyPI that is and where it is asked, or why nobody can be asked.
"""

import asyncio
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from contracts.config import ChannelAccount
from ingest.channels import CHANNELS
from ingest.channels.ses.verify import signed_text
from ingest.channels.teams.verify import documents
from ingest.domain.webhook import Webhook

BODY: Final = '{"type":1,"text":"返金したいです 😮"}'.encode()
BY: Final = {
    "discord": "discord-interactions, PyNaCl: here",
    "email": "basic authentication: no signature",
    "form": "our own door",
    "instagram": "pywa: test_signatures (the same as WhatsApp's)",
    "kakao": "a shared secret in a header: no signature",
    "line": "line-bot-sdk: test_signatures",
    "mailgun": "mailgun: here",
    "messenger": "pywa: test_signatures (the same as WhatsApp's)",
    "postmark": "basic authentication: no signature",
    "sendgrid": "sendgrid: test_mail_house",
    "ses": "no maintained one knows version 2; the documentation's own example: here",
    "slack": "slack-sdk: test_slack_parse",
    "teams": "microsoft-agents-hosting-core: here; PyJWT: test_teams_parse",
    "telegram": "the secret itself in a header: no signature",
    "twilio_sms": "twilio: test_twilio_signature",
    "twilio_voice": "twilio: test_twilio_signature",
    "twilio_whatsapp": "twilio: test_twilio_signature",
    "viber": "viberbot: test_signatures",
    "vonage_sms": "vonage-http-client, vonage-jwt: test_vonage_sms",
    "webhook": "standardwebhooks: test_signatures; svix: here",
    "wechat": "wechatpy: test_wechat_parse",
    "whatsapp": "pywa: test_signatures",
    "x": "neither tweepy nor xdk knows webhooks: the standard library in test_x_parse",
}


def now() -> datetime:
    """The SDKs look at the clock themselves."""
    return datetime.now(UTC)


def asked(channel: str, headers: dict[str, str], body: bytes = BODY, **more: Any) -> Webhook:
    account = ChannelAccount(id="a", channel=channel, external_id=more.pop("external_id", None))
    return Webhook("t", account, {"content-type": "application/json", **headers}, body, now(), **more)


def test_every_channel_says_who_was_asked() -> None:
    assert set(BY) == set(CHANNELS)


def test_discord() -> None:
    from discord_interactions import verify_key
    from nacl.signing import SigningKey

    verify, key = CHANNELS["discord"].verify, SigningKey.generate()
    public, stamp = key.verify_key.encode().hex(), str(int(now().timestamp()))
    signature = key.sign(stamp.encode() + BODY).signature.hex()
    headers = {"x-signature-ed25519": signature, "x-signature-timestamp": stamp}
    other = SigningKey.generate().verify_key.encode().hex()
    assert verify(asked("discord", headers), [other, public])
    assert verify_key(BODY, signature, stamp, public)
    for body, public_key in ((BODY + b" ", public), (BODY, other)):
        assert not verify(asked("discord", headers, body), [public_key])
        assert not verify_key(body, signature, stamp, public_key)


def test_mailgun() -> None:
    from mailgun.security import SecurityGuard

    token, stamp = "a" * 50, str(int(now().timestamp()))
    signature = hmac.new(b"key-1", (stamp + token).encode(), "sha256").hexdigest()
    told = {"timestamp": stamp, "token": token, "signature": signature}
    changes = ({}, {"token": "b" * 50}, {"timestamp": str(int(stamp) + 1)}, {"signature": "0" * 64})
    for change in changes:
        given = told | change
        body = json.dumps({"signature": given, "event-data": {}}).encode()
        theirs = SecurityGuard.verify_webhook("key-1", given["token"], given["timestamp"], given["signature"])
        assert CHANNELS["mailgun"].verify(asked("mailgun", {}, body), ["another", "key-1"]) is theirs is (not change)


def test_svix_signs_standard_webhooks() -> None:
    from svix.webhooks import Webhook as Svix
    from svix.webhooks import WebhookVerificationError

    secret, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "QUFB" * 8
    at = now()
    signature = Svix(secret).sign("msg_1", at, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    assert CHANNELS["webhook"].verify(asked("webhook", headers), [other, secret])
    assert not CHANNELS["webhook"].verify(asked("webhook", headers), [other])
    Svix(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Svix(other).verify(BODY, headers)


EXAMPLE: Final = {
    "Type": "Notification",
    "MessageId": "4d4dc071-ddbf-465d-bba8-08f81c89da64",
    "TopicArn": "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P",
    "Subject": "My subject",
    "Message": "My Test Message",
    "Timestamp": "2019-01-31T04:37:04.321Z",
    "UnsubscribeURL": "https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe",
}


def test_the_example_of_amazons_documentation() -> None:
    """SNS documentation, "Verifying the signatures of Amazon SNS messages"."""
    told = "Message\nMy Test Message\nMessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\nSubject\nMy subject\n"
    told += "Timestamp\n2019-01-31T04:37:04.321Z\n"
    told += "TopicArn\narn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\nType\nNotification\n"
    assert signed_text(EXAMPLE) == told
    assert signed_text(EXAMPLE | {"Subject": None}) == told.replace("Subject\nMy subject\n", "")
    confirmation = EXAMPLE | {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://s", "Token": "t"}
    assert signed_text(confirmation).split("\n")[::2][:-1] == [
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ]


KEY: Final = rsa.generate_private_key(65537, 2048)
ISSUER, APP, PLACE = "https://api.botframework.com", "7f1e0d3c-app", "https://smba.trafficmanager.net/amer/"


def published() -> bytes:
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return json.dumps({"keys": [own | {"kid": "k1", "use": "sig", "endorsements": ["msteams"]}]}).encode()


@pytest.fixture
def key_server() -> Iterator[str]:
    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            self.send_response(200)
            self.end_headers()
            self.wfile.write(published())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("claims", "theirs", "ours"),
    [
        ({}, True, True),
        ({"aud": "somebody-else"}, False, False),
        ({"exp": 1}, False, False),
        ({"iss": "https://evil.example"}, False, False),
        ({"serviceurl": "https://evil.example/"}, True, False),
    ],
)
def test_teams(
    key_server: str, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], theirs: bool, ours: bool
) -> None:
    """Microsoft's own validator asks the key server over HTTP; that it takes another serviceUrl is why ours is stricter."""
    from microsoft_agents.hosting.core.authorization import AgentAuthConfiguration
    from microsoft_agents.hosting.core.authorization.jwt import jwt_token_validator as sdk

    for issuer in (ISSUER, "https://evil.example"):
        monkeypatch.setitem(sdk.BOTFRAMEWORK_JWKS_URIS, issuer, key_server)
    at = int(now().timestamp())
    said = {"iss": ISSUER, "aud": APP, "nbf": at - 60, "exp": at + 3_540, "serviceurl": PLACE, **claims}
    token = jwt.encode(said, KEY, "RS256", {"kid": "k1"})
    wanted = AgentAuthConfiguration(client_id=APP, issuers=[ISSUER], validate_issuer=True)
    try:
        asyncio.run(sdk.JwtTokenValidator(wanted).validate_token(token))
        accepted = True
    except (ValueError, jwt.PyJWTError):
        accepted = False
    assert accepted is theirs
    body = json.dumps({"type": "message", "channelId": "msteams", "serviceUrl": PLACE}).encode()
    webhook = asked("teams", {"authorization": f"Bearer {token}"}, body, external_id=APP)
    (url,) = documents(webhook)
    known = asked("teams", {"authorization": f"Bearer {token}"}, body, external_id=APP, documents={url: published()})
    assert CHANNELS["teams"].verify(known, ()) is ours
