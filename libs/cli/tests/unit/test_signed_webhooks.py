"""What `send` and the demo post is accepted by the providers' own checkers, and ingest reads it as a message."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from linebot.v3.webhook import SignatureValidator, WebhookParser
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from contracts.config import ChannelAccount
from contracts.inbound import MessageReceived
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Webhook as Incoming
from madoguchi.apply.source import load_tenant
from madoguchi.errors import Stop
from madoguchi.settings import SAMPLE
from madoguchi.writers.identity import event_ids
from madoguchi.writers.model import Said, SignedWebhook
from madoguchi.writers.table import WRITERS, account_on, said_now, write

CONFIG = load_tenant(SAMPLE, {}).config
SECRETS = {
    "ACME_LINE_CHANNEL_SECRET": "8ba1d2c3e4f50617",
    "ACME_WHATSAPP_APP_SECRET": "0f1e2d3c4b5a6978",
    "ACME_WEBHOOK_SIGNING_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


def signed(channel: str, text: str = "返金したいです") -> tuple[Said, SignedWebhook]:
    said = said_now(channel, text, datetime.now(UTC))
    return said, write(channel, said, CONFIG, SECRETS)


def test_lines_own_validator_and_parser_accept_it() -> None:
    said, webhook = signed("line")
    body, secret = webhook.body.decode(), SECRETS["ACME_LINE_CHANNEL_SECRET"]
    signature = webhook.headers["x-line-signature"]
    assert SignatureValidator(secret).validate(body, signature)
    assert not SignatureValidator("another secret").validate(body, signature)
    (event,) = WebhookParser(secret).parse(body, signature)
    assert (event.message.text, event.source.user_id) == (said.text, said.sender)
    assert json.loads(body)["destination"] == account_on("line", CONFIG).external_id


def test_standardwebhooks_accepts_it_and_refuses_a_changed_body() -> None:
    said, webhook = signed("webhook")
    checker = Webhook(SECRETS["ACME_WEBHOOK_SIGNING_SECRET"])
    assert checker.verify(webhook.body, dict(webhook.headers))["text"] == said.text
    with pytest.raises(WebhookVerificationError):
        checker.verify(webhook.body + b" ", dict(webhook.headers))


@pytest.mark.parametrize("channel", WRITERS)
def test_ingest_verifies_it_and_reads_one_message(channel: str) -> None:
    said, webhook = signed(channel)
    account = account_on(channel, CONFIG)
    secret = SECRETS[account.secrets[CHANNELS[channel].signing_secret][0].removeprefix("env:")]
    incoming = Incoming(CONFIG.tenant, account, webhook.headers, webhook.body, datetime.now(UTC))
    assert CHANNELS[channel].verify(incoming, (secret,))
    assert not CHANNELS[channel].verify(replace(incoming, body=webhook.body + b" "), (secret,))
    (draft,) = CHANNELS[channel].parse(incoming, {account.external_id: account.id}.get)
    assert isinstance(draft.event, MessageReceived)
    assert (draft.event.content.text, draft.event.provider_message_id) == (said.text, said.id)
    assert event_ids(webhook, CONFIG.tenant, account, datetime.now(UTC)) == [id_of(CONFIG.tenant, draft)]


def test_two_messages_never_share_an_id() -> None:
    for channel in WRITERS:
        account = account_on(channel, CONFIG)
        ids = [event_ids(signed(channel)[1], CONFIG.tenant, account, datetime.now(UTC)) for _ in range(2)]
        assert ids[0] != ids[1]


def test_an_account_that_is_not_there() -> None:
    with pytest.raises(Stop, match=r"has no line account named 'other' \(it has: acme-line\)"):
        account_on("line", CONFIG, "other")


def test_a_secret_that_is_not_known() -> None:
    with pytest.raises(Stop, match="ACME_LINE_CHANNEL_SECRET"):
        write("line", said_now("line", "x", datetime.now(UTC)), CONFIG, {})


def test_no_secret_is_shown_by_its_account() -> None:
    account: ChannelAccount = account_on("line", CONFIG)
    assert all(value not in repr((account, signed("line")[1])) for value in SECRETS.values())
