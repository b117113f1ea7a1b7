"""Where a webhook URL may not lead, in all its spellings."""

import httpx
import pytest

from runtime.safe_target import Target, UnsafeTarget

PUBLIC = "93.184.216.34"


def target(*addresses: str, allow_loopback: bool = False) -> Target:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return Target(allow_loopback=allow_loopback, resolve=resolve)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "ff02::1",
    ],
)
async def test_inner_addresses_are_refused(address: str) -> None:
    with pytest.raises(UnsafeTarget):
        await target(address).resolve("https://erp.example/hooks")


async def test_one_inner_address_among_public_ones_is_enough() -> None:
    with pytest.raises(UnsafeTarget):
        await target(PUBLIC, "10.0.0.1").resolve("https://erp.example/hooks")


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/",
        "ftp://erp.example/",
        "https://user:pass@erp.example/",
        "https:///x",
        "nonsense",
        "file:///etc/passwd",
    ],
)
async def test_bad_urls_are_refused(url: str) -> None:
    with pytest.raises(UnsafeTarget):
        await target(PUBLIC).resolve(url)


async def test_the_checked_address_is_the_one_that_is_called() -> None:
    place = await target(PUBLIC).resolve("https://erp.example:8443/hooks?a=1")
    assert place.url == f"https://{PUBLIC}:8443/hooks?a=1"
    assert (place.host, place.server_name) == ("erp.example:8443", "erp.example")


async def test_loopback_is_allowed_where_the_stack_is_local_and_nothing_else() -> None:
    place = await target("127.0.0.1", allow_loopback=True).resolve("http://localhost:8900/webhooks/erp")
    assert place.url == "http://127.0.0.1:8900/webhooks/erp"
    with pytest.raises(UnsafeTarget):
        await target("10.0.0.1", allow_loopback=True).resolve("https://erp.example/")


async def test_hosts_of_the_house_are_allowed_by_name_but_never_at_link_local_addresses() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["169.254.169.254" if host == "metadata.internal" else "10.0.0.5"]

    house = Target(
        allow_loopback=False, internal_hosts=frozenset({"erp.internal", "metadata.internal"}), resolve=resolve
    )
    assert (await house.resolve("http://erp.internal/hooks")).url == "http://10.0.0.5/hooks"
    for url in ("http://other.internal/hooks", "http://metadata.internal/latest"):
        with pytest.raises(UnsafeTarget):
            await house.resolve(url)


async def test_a_name_without_an_address_is_a_failed_connection() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(httpx.ConnectError):
        await Target(allow_loopback=False, resolve=resolve).resolve("https://erp.example/")
