"""The account that a path leaves by, with its secrets and the access token that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.values import ReplyPath
from notifier.adapters.access_tokens import AccessTokens
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.secrets import Secrets
from notifier.channels.provider import Channel, Sender, broken
from notifier.domain.outcome import Outcome
from runtime.errors import Failure


@dataclass(frozen=True, slots=True)
class Senders:
    channels: Mapping[str, Channel]
    routes: ConfiguredRoutes
    secrets: Secrets
    tokens: AccessTokens

    async def sender(self, tenant: str, path: ReplyPath) -> Sender | Outcome:
        channel, account = self.channels[path.channel], self.routes.account(tenant, path)
        if account is None:
            return broken(f"the {path.channel} account '{path.account}' is not configured")
        try:
            sender = self.secrets.sender(account, channel.secrets)
        except Failure as failure:
            return broken(failure.sentence)
        if channel.grant is None:
            return sender
        token = await self.tokens.token((tenant, path.channel, path.account), channel.grant, sender)
        return token if isinstance(token, Outcome) else sender.with_token(token)

    def forget_token(self, tenant: str, path: ReplyPath, sender: Sender) -> None:
        """The provider took it back: the next one is asked for."""
        self.tokens.forget((tenant, path.channel, path.account), sender.secret("access_token"))
