"""`madoguchi up`, the lines it prints, `trace`, `dlq`, `down`: as a person uses them."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from madoguchi.stack import load_stack
from runtime.batches import RawRecord
from runtime.producer import open_producer
from runtime.settings import KafkaSettings

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
T = TypeVar("T")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(START_SECONDS + 60)]


def madoguchi(state: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi", *arguments],
        cwd=ROOT,
        env=dict(os.environ) | {"MADOGUCHI_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def failed(state: Path, *arguments: str) -> str:
    """The sentence it says on stderr when it can't."""
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi", *arguments],
        cwd=ROOT,
        env=dict(os.environ) | {"MADOGUCHI_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def soon(ask: Callable[[], T | None], seconds: float = 20) -> T:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := ask()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def paste(line: str) -> str:
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("house")
    yield folder
    madoguchi(folder, "down")


@pytest.fixture(scope="module")
def house(state: Path) -> dict[str, Any]:
    # Another house may run on this machine, and nothing here may depend on its ports being free.
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7001))
            taken.listen()
        except OSError:
            pass
        found: dict[str, Any] = json.loads(madoguchi(state, "up", "--json"))
    assert found["urls"]["ingest"] != "http://127.0.0.1:7001"
    return found


def test_the_printed_lines_work_and_the_message_can_be_followed(state: Path, house: dict[str, Any]) -> None:
    write, cases, queues = house["curl"]
    assert paste(write).startswith("HTTP/1.1 200")
    case = soon(lambda: next((one for one in json.loads(paste(cases))["items"] if one["routing"]["queue"]), None))
    assert case["routing"]["queue"] == "refunds"
    assert {queue["queue"] for queue in json.loads(paste(queues))["queues"]} == {"refunds", "orders", "general"}
    traces = json.loads(madoguchi(state, "trace", case["id"], "--json"))
    services = {span["service"] for trace in traces for span in trace["spans"]}
    assert services >= {"ingest", "case-store", "router"}


def test_a_sent_message_is_one_message_however_often_it_is_posted(state: Path, house: dict[str, Any]) -> None:
    told = json.loads(madoguchi(state, "send", "whatsapp", "Where is my order?", "--times", "3", "--json"))
    headers = {"authorization": f"Bearer {house['token']}"}
    query = {"account": told["account"], "address": told["from"]}

    with httpx.Client(base_url=house["urls"]["case-store"], headers=headers, trust_env=False) as api:

        def case() -> str | None:
            found = api.get("/v1/contact-points", params=query).json()["items"]
            return found[0]["open_case_id"] if found else None

        history = api.get(f"/v1/cases/{soon(case)}/messages").json()["items"]
    assert [one["content"]["text"] for one in history] == ["Where is my order?"]
    assert told["message_id"] in madoguchi(state, "trace", told["message_id"])
    assert "through ingest, case-store" in madoguchi(state, "trace", told["provider_message_id"])


def test_up_again_says_so_and_starts_what_was_killed(state: Path, house: dict[str, Any]) -> None:
    assert json.loads(madoguchi(state, "up", "--json"))["urls"] == house["urls"]
    saved = load_stack(state)
    assert saved is not None
    router = next(record for record in saved.running() if record.name == "router")
    os.kill(router.pid, signal.SIGKILL)
    soon(lambda: None if router in saved.running() else True)
    assert json.loads(madoguchi(state, "up", "--json"))["urls"] == house["urls"]
    assert httpx.get(f"{house['internal_urls']['router']}/readyz", trust_env=False).status_code == 200


async def poison(bootstrap: str) -> None:
    async with open_producer(KafkaSettings(bootstrap=bootstrap)) as producer:
        record = RawRecord("inbound.messages", b"k", b"{not json", (("ce_type", b"madoguchi.MessageReceived"),))
        await producer.publish_raw([record], 10)


def test_a_dead_letter_is_listed_shown_and_sent_back_once(state: Path, house: dict[str, Any]) -> None:
    def letters() -> list[Any] | None:
        return json.loads(madoguchi(state, "dlq", "list", "--json")) or None

    assert letters() is None
    asyncio.run(poison(house["kafka"]))
    (letter,) = soon(letters)
    assert (letter["origin"], letter["code"]) == ("inbound.messages", "malformed")
    where = ("--topic", "inbound.messages", "--offset", str(letter["offset"]))
    assert "not json" not in madoguchi(state, "dlq", "show", *where)
    assert json.loads(madoguchi(state, "dlq", "show", *where, "--payload", "--json"))["payload"] == "{not json"
    assert "1 sent back" in madoguchi(state, "dlq", "redrive", *where)
    assert madoguchi(state, "dlq", "redrive", *where, status=1) == ""
    (again,) = soon(letters)
    assert again["offset"] > letter["offset"]


def test_an_api_key_opens_what_it_may_until_it_is_revoked(state: Path, house: dict[str, Any]) -> None:
    secret = madoguchi(state, "key", "make", "--scope", "cases:read").strip()
    url, key_id = f"{house['urls']['case-store']}/v1/cases", secret.split("_")[1]

    def answer(key: str, path: str = url) -> int:
        return httpx.get(path, headers={"X-Api-Key": key}, trust_env=False).status_code

    assert (answer(secret), answer(secret[:-1] + "x"), answer("mdg_nonsense")) == (200, 401, 401)
    assert answer(secret, f"{house['urls']['router']}/v1/queues") == 403
    assert secret not in madoguchi(state, "key", "list")
    assert [key["key_id"] for key in json.loads(madoguchi(state, "key", "list", "--json"))] == [key_id]
    madoguchi(state, "key", "revoke", key_id)
    soon(lambda: True if answer(secret) == 401 else None, seconds=40)
    assert "no key" in failed(state, "key", "revoke", key_id)


def test_nothing_that_people_said_is_in_logs_or_spans(state: Path, house: dict[str, Any]) -> None:
    """Words, names and numbers of people stay in the history; a webhook that is refused leaves none either."""
    words, number = "canary-秘密の言葉-4711", "819099998888"
    madoguchi(state, "send", "whatsapp", words, "--from", number)
    headers = {"authorization": f"Bearer {house['token']}"}
    with httpx.Client(headers=headers, trust_env=False) as api:
        points, case_store = f"{house['urls']['case-store']}/v1/contact-points", house["urls"]["case-store"]

        def case() -> str | None:
            found = api.get(points, params={"account": "acme-whatsapp", "address": f"+{number}"}).json()["items"]
            return found[0]["open_case_id"] if found else None

        path = f"{case_store}/v1/cases/{soon(case)}/messages"
        sent = api.post(path, json={"text": f"reply {words}"}, headers={"Idempotency-Key": "canary"}).json()
        told = f"{case_store}/v1/messages/{sent['message_id']}"
        soon(lambda: True if api.get(told).json()["status"] == "read" else None)
        api.post(path, json={"text": 1, words: words}, headers={"Idempotency-Key": "canary-2"})
    forged = httpx.post(f"{house['urls']['ingest']}/webhooks/line/acme-line", content=words.encode(), trust_env=False)
    assert forged.status_code in (401, 403, 415)
    written = [path.read_text("utf-8") for folder in ("logs", "spans") for path in (state / folder).iterdir()]
    assert all(service in "".join(written) for service in ("ingest", "case-store", "router", "notifier"))
    assert not [text for text in written for canary in (words, "秘密", "canary-", number) if canary in text]


def test_an_unknown_id_has_no_journey(state: Path, house: dict[str, Any]) -> None:
    assert madoguchi(state, "trace", "nobody", "--wait", "0", status=1) == ""


def test_a_tenant_is_applied_once(state: Path, house: dict[str, Any]) -> None:
    told = json.loads(madoguchi(state, "apply", "config/acme", "--json"))
    assert (told["revision"], told["written"]) == (1, False)


def test_down_stops_everything_and_says_what(state: Path, house: dict[str, Any]) -> None:
    saved = load_stack(state)
    assert saved is not None
    records = saved.running()
    assert len(records) >= 5
    told = madoguchi(state, "down")
    assert told.startswith("stopped: ")
    assert all(record.name in told for record in records)
    assert saved.running() == []
    assert madoguchi(state, "down") == "nothing was running\n"
