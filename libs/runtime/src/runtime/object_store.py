"""Files in object storage: a local directory, S3, GCS or Azure, by URL. Keys begin with the tenant; a key's bytes never change."""

import obstore
from obstore.store import ObjectStore, from_url

from runtime.errors import DependencyDown
from runtime.ids import file_key as file_key
from runtime.ports import Files
from runtime.settings import SettingsWrong


class NoFiles:
    """Nobody said where files go."""

    async def put(self, key: str, content: bytes) -> None:
        raise DependencyDown("no object storage is configured (MADOGUCHI_FILES_URL)")

    async def get(self, key: str) -> bytes | None:
        raise DependencyDown("no object storage is configured (MADOGUCHI_FILES_URL)")

    async def has(self, key: str) -> bool:
        raise DependencyDown("no object storage is configured (MADOGUCHI_FILES_URL)")


class ObjectFiles:
    """`url`: file:///directory, s3://bucket/prefix, gs://…, az://…; credentials come from the provider's usual environment."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    async def put(self, key: str, content: bytes) -> None:
        try:
            await obstore.put_async(self._store, key, content)
        except (OSError, obstore.exceptions.BaseError) as error:
            raise DependencyDown("the object storage takes no files") from error

    async def get(self, key: str) -> bytes | None:
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except (OSError, obstore.exceptions.BaseError) as error:
            raise DependencyDown("the object storage gives no files") from error

    async def has(self, key: str) -> bool:
        try:
            await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        except (OSError, obstore.exceptions.BaseError) as error:
            raise DependencyDown("the object storage gives no files") from error
        return True


def open_files(url: str | None) -> Files:
    """Raises SettingsWrong for a URL that names no kind of storage."""
    if url is None:
        return NoFiles()
    try:
        return ObjectFiles(url)
    except (OSError, ValueError, obstore.exceptions.BaseError) as error:
        raise SettingsWrong([f"MADOGUCHI_FILES_URL names no object storage: {type(error).__name__}"]) from error
