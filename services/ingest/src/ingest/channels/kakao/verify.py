"""Kakao signs nothing: a secret in a header of the skill's own stands in. Source: Kakao, "Skill development guide", "Channel webhook"."""

from collections.abc import Sequence
from typing import Final

from ingest.domain.signature import matches
from ingest.domain.webhook import Webhook

HEADER: Final = "x-skill-secret"


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    name = webhook.account.options.get("secret_header", HEADER).lower()
    given = webhook.headers.get(name) or webhook.headers.get("authorization", "").removeprefix("KakaoAK ")
    return matches(given, [secret.encode() for secret in secrets if secret])
