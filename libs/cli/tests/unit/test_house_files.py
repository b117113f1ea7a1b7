"""The files of a local house: secrets, doors, the lock of a start."""

import fcntl
import json
import os
import stat
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from madoguchi.errors import Stop
from madoguchi.house.saved import FILE_NAME, House, load_house, missing, running_house, save_house
from madoguchi.house.secrets import load_secrets, open_secrets
from madoguchi.house.start import HouseOptions, bring_up
from madoguchi.house.summary import as_text
from madoguchi.house.tokens import SCOPES, Wanted, make_token
from madoguchi.settings import SAMPLE
from madoguchi.settings_table import PORTS, SERVICES
from madoguchi.stack import SavedStack, StackError, StackOptions
from sandbox.issuer_keys import open_key

HOUSE = House(
    ports=PORTS,
    internal_ports={name: PORTS[name] + 100 for name in SERVICES},
    kafka="127.0.0.1:7092",
    idempotent=True,
    broker="Apache Kafka",
)


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = open_secrets(tmp_path)
    assert open_secrets(tmp_path) == load_secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(set(made.values())) == len(made)
    assert all(len(value) >= 32 for value in made.values())
    assert Webhook(made["ACME_WEBHOOK_SIGNING_SECRET"])


def test_a_secret_that_came_later_is_added_and_the_others_stay(tmp_path: Path) -> None:
    made = open_secrets(tmp_path)
    kept = {name: value for name, value in made.items() if name != "ACME_LINE_ACCESS_TOKEN"}
    (tmp_path / "secrets.json").write_text(json.dumps(kept), encoding="utf-8")
    again = open_secrets(tmp_path)
    assert again.keys() == made.keys()
    assert kept.items() <= again.items()


def test_a_broken_file_is_told_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("[1", encoding="utf-8")
    with pytest.raises(Stop, match="is not a file of secrets"):
        open_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text(encoding="utf-8") == "[1"
    (tmp_path / FILE_NAME).write_text("{}", encoding="utf-8")
    with pytest.raises(Stop, match="can't be read"):
        load_house(tmp_path)


def test_the_doors_are_found_again(tmp_path: Path) -> None:
    assert load_house(tmp_path) is None
    save_house(tmp_path, HOUSE)
    assert load_house(tmp_path) == HOUSE
    with pytest.raises(Stop, match="nothing runs in"):
        running_house(tmp_path)


def test_what_is_missing_of_a_house(tmp_path: Path) -> None:
    assert missing(SavedStack()) == ["sandbox", *SERVICES]


async def test_two_starts_at_once_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "up.lock").open("w", encoding="utf-8") as held:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX)
        with pytest.raises(StackError, match="another `madoguchi up` is starting"):
            await bring_up(HouseOptions(StackOptions(state=tmp_path), SAMPLE), print)


def test_a_token_needs_the_key_and_holds_what_was_asked(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"issuer\.json"):
        make_token(Wanted(), HOUSE, tmp_path)
    open_key(tmp_path / "issuer.json")
    assert make_token(Wanted(agent="aiko"), HOUSE, tmp_path).count(".") == 2
    with pytest.raises(Stop, match="ttl_seconds"):
        make_token(Wanted(ttl=0), HOUSE, tmp_path)
    assert len(SCOPES) == len(set(SCOPES))


def test_the_summary_names_every_door_and_three_lines_to_paste(tmp_path: Path) -> None:
    open_secrets(tmp_path)
    open_key(tmp_path / "issuer.json")
    text = as_text(HOUSE, tmp_path)
    assert all(f"http://127.0.0.1:{port}" in text for port in PORTS.values())
    assert text.count("curl -sS") == 3
    assert stat.S_IMODE(os.stat(tmp_path / "token").st_mode) == 0o600
