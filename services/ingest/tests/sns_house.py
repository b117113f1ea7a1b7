"""A topic of SNS: its certificate, what it posts, signed as Amazon signs."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from ingest.channels.ses.verify import signed_text

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mail"
CERTIFICATE = "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-1.pem"
SUBSCRIBE = f"https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
RSA_KEY = rsa.generate_private_key(65537, 2048)
MAIL = "From: jo@example.com\r\nMessage-ID: <m@x>\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nfile"


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA_KEY.public_key()).serial_number(1)
    )
    signed = built.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1)).sign(RSA_KEY, SHA256())
    return signed.public_bytes(Encoding.PEM)


def sns(version: str = "2", kind: str = "Notification", **changes: Any) -> dict[str, Any]:
    received = {
        "notificationType": "Received",
        "mail": {"messageId": "s1"},
        "receipt": {"action": {"encoding": "BASE64"}},
        "content": base64.b64encode(MAIL.encode()).decode(),
    }
    envelope: dict[str, Any] = {
        "Type": kind,
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": json.dumps(received),
        "Timestamp": "2026-11-21T02:30:00.000Z",
        "SigningCertURL": CERTIFICATE,
        "SignatureVersion": version,
    }
    if kind != "Notification":
        envelope |= {"SubscribeURL": SUBSCRIBE, "Token": "2336412f"}
    envelope |= changes
    algorithm: HashAlgorithm = SHA1() if version == "1" else SHA256()  # Amazon's version 1
    envelope["Signature"] = base64.b64encode(
        RSA_KEY.sign(signed_text(envelope).encode(), PKCS1v15(), algorithm)
    ).decode()
    return envelope


async def post(door: httpx.AsyncClient, envelope: dict[str, Any]) -> int:
    answer = await door.post(
        "/webhooks/ses/ses", content=json.dumps(envelope), headers={"content-type": "text/plain; charset=UTF-8"}
    )
    return answer.status_code
