"""The one table of settings: what each process is given, in the local stack and in compose. Docs and checks read it too.

A local value is a template over `local_names`; a compose value is what docker-compose.yml holds, letter by letter.
None leaves the variable unset there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PROCESSES: Final = ("migrate", "sandbox", "ingest", "case-store", "router", "notifier")
SERVICES: Final = ("ingest", "case-store", "router", "notifier")
OWNERS: Final = ("case-store", "router", "notifier")
MODULES: Final[Mapping[str, str]] = {
    "sandbox": "sandbox",
    "ingest": "ingest",
    "case-store": "case_store",
    "router": "router",
    "notifier": "notifier",
}
PORTS: Final[Mapping[str, int]] = {
    "ingest": 7001,
    "case-store": 7002,
    "router": 7003,
    "notifier": 7004,
    "sandbox": 7010,
}
INTERNAL_OFFSET: Final = 100
"""A service's internal port (probes and figures) is its public one plus this."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of `processes`. `secret` values are made at the first `up` and never printed."""

    processes: tuple[str, ...]
    variable: str
    meaning: str
    local: str | None
    compose: str | None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class AccountSecret:
    """A secret of a sample channel account. It reaches services and configuration as `env:<variable>`."""

    variable: str
    meaning: str
    kind: str = "hex"
    readers: tuple[str, ...] = ("ingest",)


ACCOUNT_SECRETS: Final = (
    AccountSecret("ACME_LINE_CHANNEL_SECRET", "signs LINE's webhooks"),
    AccountSecret(
        "ACME_LINE_ACCESS_TOKEN",
        "bearer token for LINE's APIs, of messages and of files",
        readers=("ingest", "notifier"),
    ),
    AccountSecret("ACME_WHATSAPP_APP_SECRET", "signs Meta's webhooks"),
    AccountSecret("ACME_WHATSAPP_VERIFY_TOKEN", "proves our URL to Meta when it subscribes"),
    AccountSecret(
        "ACME_WHATSAPP_ACCESS_TOKEN", "bearer token for the WhatsApp Cloud API", readers=("ingest", "notifier")
    ),
    AccountSecret(
        "ACME_WEBHOOK_SIGNING_SECRET",
        "signs Standard Webhooks, in and out",
        kind="whsec",
        readers=("ingest", "notifier"),
    ),
)

_MAIN: Final = (
    Setting(SERVICES, "MADOGUCHI_STACK", "which stack this is", "{stack}", "external"),
    Setting(SERVICES, "MADOGUCHI_HOST", "address that both doors listen on", "127.0.0.1", "0.0.0.0"),  # noqa: S104
    Setting(SERVICES, "MADOGUCHI_PORT", "public door", "{port}", "8080"),
    Setting(SERVICES, "MADOGUCHI_INTERNAL_PORT", "probes and figures", "{internal_port}", "9090"),
    Setting(SERVICES, "MADOGUCHI_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", "INFO", "INFO"),
    Setting(SERVICES, "MADOGUCHI_KAFKA__BOOTSTRAP", "Kafka's addresses", "{kafka}", "kafka:9092"),
    Setting(SERVICES, "MADOGUCHI_KAFKA__IDEMPOTENT", "false only for the Tansu broker", "{idempotent}", "true"),
    Setting(SERVICES, "MADOGUCHI_KAFKA__INSTANCE", "this replica's number", "0", "0"),
    Setting(
        SERVICES,
        "MADOGUCHI_PARTITION_KEY_SECRET",
        "keyed hash that hides people in partition keys; the same everywhere, never changed",
        "{partition_key_secret}",
        "${MADOGUCHI_PARTITION_KEY_SECRET:?}",
        secret=True,
    ),
    Setting(
        SERVICES,
        "MADOGUCHI_TELEMETRY__SPANS_FILE",
        "spans as JSON lines, for `madoguchi trace`",
        "{state}/spans/{process}.jsonl",
        None,
    ),
    Setting(
        SERVICES,
        "MADOGUCHI_TELEMETRY__OTLP_ENDPOINT",
        "OpenTelemetry collector, base URL",
        None,
        "http://otel-collector:4318",
    ),
    Setting(
        OWNERS,
        "MADOGUCHI_POSTGRES_DSN",
        "database as the role madoguchi_app, which row level security binds",
        "{postgres_app}",
        "postgresql://madoguchi_app:${MADOGUCHI_APP_PASSWORD:?}@postgres:5432/madoguchi",
        secret=True,
    ),
    Setting(
        ("migrate",),
        "MADOGUCHI_POSTGRES_OWNER_DSN",
        "database as the schemas' owner; only for `python -m <service> migrate`",
        "{postgres_owner}",
        "postgresql://postgres:${MADOGUCHI_OWNER_PASSWORD:?}@postgres:5432/madoguchi",
        secret=True,
    ),
    Setting(OWNERS, "MADOGUCHI_AUTH__ISSUER", "`iss` of access tokens", "{issuer}", "http://sandbox:8900/issuer"),
    Setting(OWNERS, "MADOGUCHI_AUTH__AUDIENCE", "`aud` of access tokens", "madoguchi", "madoguchi"),
    Setting(
        OWNERS,
        "MADOGUCHI_AUTH__JWKS_URL",
        "the issuer's public keys",
        "{issuer}/jwks.json",
        "http://sandbox:8900/issuer/jwks.json",
    ),
    Setting(
        ("ingest", "notifier"),
        "MADOGUCHI_REDIS_URL",
        "rate limits; disposable",
        "{redis}",
        "redis://valkey:6379/0",
        secret=True,
    ),
    Setting(
        ("ingest", "notifier"),
        "MADOGUCHI_PROVIDERS__SANDBOX",
        "stands in for every provider; unset = the real ones",
        "{sandbox}",
        "http://sandbox:8900",
    ),
    Setting(
        ("ingest", "case-store", "notifier"),
        "MADOGUCHI_FILES_URL",
        "object storage of files: file:///dir, s3://bucket, gs://bucket, az://container",
        "file://{state}/files",
        "file:///var/lib/madoguchi/files",
    ),
    Setting(
        ("ingest",),
        "MADOGUCHI_PUBLIC_URL",
        "what providers call, without /webhooks",
        "http://127.0.0.1:{port}",
        "http://127.0.0.1:7001",
    ),
    Setting(
        ("notifier",),
        "MADOGUCHI_PUBLIC_URL",
        "how the public reaches /files of this service, https; empty = files of ours are never links",
        None,
        "",
    ),
    Setting(
        ("ingest",),
        "MADOGUCHI_FETCH_MEDIA",
        "false where `python -m ingest media` fetches the files of messages",
        "true",
        "true",
    ),
    Setting(
        ("notifier",),
        "MADOGUCHI_WEBHOOK_ALLOW_LOOPBACK",
        "webhooks out may lead to this machine; never outside a local stack",
        "true",
        "false",
    ),
    Setting(
        ("notifier",),
        "MADOGUCHI_SEALING_KEYS",
        "keep the secrets of registered webhook endpoints; a new key goes before the old one",
        "{sealing_key}",
        "${MADOGUCHI_SEALING_KEYS:?}",
        secret=True,
    ),
    Setting(("sandbox",), "MADOGUCHI_SANDBOX_STACK", "it starts only in a local stack", "{local_stack}", "containers"),
    Setting(("sandbox",), "MADOGUCHI_SANDBOX_HOST", "loopback only: it issues tokens", "127.0.0.1", "127.0.0.1"),
    Setting(("sandbox",), "MADOGUCHI_SANDBOX_PORT", "its one door; compose puts 8900 before it", "{port}", "8901"),
    Setting(
        ("sandbox",),
        "MADOGUCHI_SANDBOX_ISSUER_URL",
        "`iss` of development tokens",
        "{issuer}",
        "http://sandbox:8900/issuer",
    ),
    Setting(
        ("sandbox",),
        "MADOGUCHI_SANDBOX_ISSUER_KEY_FILE",
        "signing key of development tokens, made at the first start",
        "{state}/issuer.json",
        "/var/lib/madoguchi/issuer.json",
    ),
)

_SANDBOX_TOKENS: Final = (
    Setting(
        ("sandbox",),
        "MADOGUCHI_SANDBOX_LINE_TOKENS",
        "access tokens that the LINE stand-in takes",
        "{ACME_LINE_ACCESS_TOKEN}",
        "${ACME_LINE_ACCESS_TOKEN:?}",
        secret=True,
    ),
    Setting(
        ("sandbox",),
        "MADOGUCHI_SANDBOX_WHATSAPP_TOKENS",
        "access tokens that the WhatsApp stand-in takes",
        "{ACME_WHATSAPP_ACCESS_TOKEN}",
        "${ACME_WHATSAPP_ACCESS_TOKEN:?}",
        secret=True,
    ),
)


def _of_account(secret: AccountSecret) -> Setting:
    value = "{" + secret.variable + "}"
    return Setting(secret.readers, secret.variable, secret.meaning, value, "${" + secret.variable + ":?}", secret=True)


SETTINGS: Final[tuple[Setting, ...]] = (*_MAIN, *_SANDBOX_TOKENS, *map(_of_account, ACCOUNT_SECRETS))


def settings_of(process: str) -> tuple[Setting, ...]:
    """Raises KeyError for a name that is not in PROCESSES."""
    if process not in PROCESSES:
        raise KeyError(process)
    return tuple(setting for setting in SETTINGS if process in setting.processes)


def local_environment(process: str, names: Mapping[str, str]) -> dict[str, str]:
    """`names` fill the templates; a missing one is a KeyError, so that no service starts half configured."""
    known = {"process": process, **names}
    return {
        setting.variable: setting.local.format_map(known)
        for setting in settings_of(process)
        if setting.local is not None
    }


def compose_environment(process: str) -> dict[str, str]:
    """The `environment:` of this process in docker-compose.yml."""
    return {setting.variable: setting.compose for setting in settings_of(process) if setting.compose is not None}
