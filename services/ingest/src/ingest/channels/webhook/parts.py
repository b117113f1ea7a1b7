"""What several canonical messages have in common: strict fields, people, files, places."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyUrl, BaseModel, ConfigDict, Field, UrlConstraints
from pydantic_core import PydanticCustomError

from contracts.base import Int
from contracts.values import Attachment, ContentKind
from ingest.domain.shape import MAX_ID_CHARS
from ingest.domain.text import clean


def _clean_and_present(value: str) -> str:
    cleaned = clean(value)
    if not cleaned:
        raise PydanticCustomError("blank", "must hold more than NUL characters")
    return cleaned


Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS), AfterValidator(_clean_and_present)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_clean_and_present)]
Line = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_clean_and_present)]
HttpsUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], max_length=2_048)]


class Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Sender(Strict):
    id: Id
    """Your stable id of the person."""
    name: Line | None = None
    phone: str | None = Field(default=None, pattern=r"^\+[1-9]\d{6,14}$", description="E.164")
    email: str | None = Field(default=None, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", max_length=320)
    language: str | None = Field(
        default=None, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35, description="BCP 47"
    )


class File(Strict):
    kind: Literal["image", "audio", "video", "file"]
    url: HttpsUrl
    mime: Line | None = None
    size_bytes: Int | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="lower-case hexadecimal")
    file_name: Line | None = None
    duration_ms: Int | None = Field(default=None, ge=0)


class Place(Strict):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: Line | None = None
    address: Line | None = None


def attachment(file: File) -> Attachment:
    return Attachment(
        kind=ContentKind(file.kind),
        url=str(file.url),
        mime=file.mime,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        file_name=file.file_name,
        duration_ms=file.duration_ms,
    )
