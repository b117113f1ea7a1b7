"""Settings of ingest. It has no database; webhooks are judged by their signatures, pages by their sessions."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from runtime.settings import CommonSettings, ProviderSettings


class Settings(CommonSettings):
    service: str = "ingest"
    port: int = Field(default=8081, ge=0, le=65_535)
    internal_port: int = Field(default=9081, ge=0, le=65_535)
    produce_deadline_seconds: float = Field(
        default=2.0, gt=0, le=10, description="all acknowledgements of one webhook; providers give up after 5 to 20 s"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8081",
        pattern=r"^https?://[^/?#]+(/[^?#]*[^/?#])?$",
        description="what providers call, without /webhooks; some sign it",
    )
    providers: ProviderSettings = ProviderSettings()
    fetch_media: bool = Field(default=True, description="false where other replicas fetch the files of messages")
    media_max_bytes: int = Field(default=50 * 1024 * 1024, ge=1024, le=1024 * 1024 * 1024)
    allow_loopback: bool | None = Field(
        default=None, description="fetches may lead to this machine; default: only in the embedded stack"
    )
    smtp_port: int = Field(default=2525, ge=0, le=65_535, description="of `python -m ingest smtp`")
    imap_every_seconds: float = Field(default=30.0, ge=1, le=3600, description="between two looks into a mailbox")
    max_events_in_flight: int = Field(
        default=5_000, ge=1, le=1_000_000, description="beyond it webhooks are answered 503"
    )

    redis_url: SecretStr | None = Field(
        default=None, description="rate limits of the web chat and of forms; disposable"
    )
    address_header: str = Field(
        default="", pattern="^[a-z0-9-]*$", description="where your own proxy tells the caller's address, as x-real-ip"
    )

    @property
    def internal_hosts(self) -> frozenset[str]:
        """Providers' APIs that the operator placed somewhere else, the sandbox among them."""
        named = (self.providers.sandbox, *self.providers.urls.values())
        return frozenset(host for url in named if url and (host := urlsplit(url).hostname))

    @property
    def loopback_allowed(self) -> bool:
        return self.stack == "embedded" if self.allow_loopback is None else self.allow_loopback
