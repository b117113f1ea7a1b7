"""Settings: one frozen object per service, read from the environment and checked before anything else happens."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from runtime.errors import Failure

PREFIX = "MADOGUCHI_"
_MAX_SECRET_BYTES = 64 * 1024


class SettingsWrong(Failure):
    """The environment does not describe a service that can run. `problems` holds one sentence per variable."""

    code = "settings_wrong"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaSettings(_Part):
    """`instance` is the replica's own number: it makes the static group member and the outbox lane."""

    bootstrap: str = Field(pattern=r"^[^,:\s]+:\d+(,[^,:\s]+:\d+)*$", description="host:port, comma separated")
    idempotent: bool = True
    instance: str = Field(default="0", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    partitions: int = Field(default=6, ge=1, le=1024)
    replication: int = Field(default=1, ge=1, le=9)
    session_timeout_ms: int = Field(default=45_000, ge=6_000, le=300_000)
    heartbeat_interval_ms: int = Field(default=3_000, ge=500, le=60_000)
    request_timeout_ms: int = Field(default=10_000, ge=1_000, le=60_000)
    linger_ms: int = Field(default=2, ge=0, le=1_000)


class AuthSettings(_Part):
    """Who may issue tokens for us (`iss`, `aud`) and where its public keys are."""

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: HttpUrl


class ProviderSettings(_Part):
    """Where providers' APIs are: `urls` by channel, else the sandbox, which stands in for all of them, else the real ones."""

    sandbox: str | None = Field(default=None, pattern=r"^https?://")
    urls: dict[str, Annotated[str, Field(pattern=r"^https?://")]] = {}

    def url(self, channel: str, real: str, door: str = "") -> str:
        """Without a slash at its end. The sandbox has each channel's real paths below the channel's name; `door` names a further URL
        of the channel in `urls`.
        """
        if (door or channel) in self.urls:
            return self.urls[door or channel].rstrip("/")
        if self.sandbox is not None:
            return f"{self.sandbox.rstrip('/')}/{channel}{urlsplit(real).path}".rstrip("/")
        return real.rstrip("/")


class TelemetrySettings(_Part):
    """Spans go to a collector (`otlp_endpoint`, base URL), to a local file of JSON lines, to both or nowhere."""

    otlp_endpoint: HttpUrl | None = None
    spans_file: Path | None = None
    sampling: float = Field(default=1.0, ge=0.0, le=1.0)


class CommonSettings(BaseSettings):
    """What every service needs. A variable is MADOGUCHI_ and the field, nested by `__`: MADOGUCHI_KAFKA__BOOTSTRAP."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=True,
        env_ignore_empty=True,
    )

    service: str = Field(default="madoguchi", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    internal_port: int = Field(default=9090, ge=0, le=65_535)
    stack: Literal["embedded", "containers", "external"] = "external"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    files_url: str | None = Field(
        default=None, description="object storage of files: file:///dir, s3://bucket, gs://, az://"
    )
    kafka: KafkaSettings
    telemetry: TelemetrySettings = TelemetrySettings()
    partition_key_secret: SecretStr = Field(min_length=16)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except (ValidationError, SettingsError) as error:
            raise SettingsWrong(list(_sentences(type(self), error))) from None


class ServiceSettings(CommonSettings):
    """A service that owns a schema and answers `/v1`."""

    postgres_dsn: SecretStr
    pool_size: int = Field(default=20, ge=2, le=200, description="connections to Postgres, per pool (there are two)")
    redis_url: SecretStr | None = None
    auth: AuthSettings


def owner_dsn() -> str:
    """The schemas' owner, whose login a running service never has; `migrate` needs nothing else. Raises SettingsWrong."""
    name = f"{PREFIX}POSTGRES_OWNER_DSN"
    dsn = os.environ.get(name)
    if not dsn:
        raise SettingsWrong([f"{name}: is required but not set"])
    return dsn


def resolve_secret(ref: str) -> SecretStr:
    """`file:/run/secrets/x` or `env:NAME`. One trailing line break of a file is dropped. The value is never in an error."""
    kind, _, place = ref.partition(":")
    if kind == "env" and place:
        value = os.environ.get(place)
    elif kind == "file" and place:
        value = _read(ref, Path(place))
    else:
        raise Failure(f"'{ref}' is not a secret reference: write file:<path> or env:<NAME>")
    if not value:
        raise Failure(f"secret {ref} is missing or empty")
    return SecretStr(value)


def _read(ref: str, path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_SECRET_BYTES:
            raise Failure(f"secret {ref} is larger than {_MAX_SECRET_BYTES} bytes")
        return path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        raise Failure(f"secret {ref} can't be read: {type(error).__name__}") from None


def _sentences(settings: type[BaseSettings], error: ValidationError | SettingsError) -> Iterator[str]:
    if isinstance(error, SettingsError):
        yield f"a nested setting is not the JSON it should be: {error}"
        return
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        if each["type"] != "missing":
            yield f"{_variable(each['loc'])}: {each['msg'][:1].lower()}{each['msg'][1:]}"
            continue
        for where in _leaves(settings, each["loc"]):
            yield f"{_variable(where)}: is required but not set"


def _leaves(settings: type[BaseSettings], where: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    """A missing part is named by the variables it would need."""
    field = settings.model_fields.get(str(where[0])) if len(where) == 1 else None
    part = field.annotation if field else None
    if isinstance(part, type) and issubclass(part, BaseModel):
        yield from ((*where, name) for name, inner in part.model_fields.items() if inner.is_required())
    else:
        yield where


def _variable(where: tuple[int | str, ...]) -> str:
    return PREFIX + "__".join(str(part) for part in where).upper()
