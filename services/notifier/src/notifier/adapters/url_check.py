"""Whether we would send to a URL at all, told when it is registered; it is checked again at every request."""

from dataclasses import dataclass

import httpx

from runtime.errors import Refused
from runtime.safe_target import Target, UnsafeTarget


@dataclass(frozen=True, slots=True)
class UrlCheck:
    target: Target

    async def __call__(self, url: str) -> None:
        try:
            await self.target.resolve(url)
        except UnsafeTarget as error:
            sentence = str(error)
            raise Refused(
                "url_refused", sentence[:1].upper() + sentence[1:] + ".", status=422, pointer="/url"
            ) from None
        except httpx.ConnectError:
            raise Refused("url_without_address", "The URL's host has no address.", status=422, pointer="/url") from None
