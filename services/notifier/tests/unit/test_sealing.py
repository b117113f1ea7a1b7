"""Sealed secrets: open with a known key and at their own place only."""

import base64

import pytest

from notifier.adapters.sealing import KeyedSealing, new_signing_secret
from notifier.channels.webhook.sign import decode_secret
from runtime.errors import Failure, Refused

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = new_signing_secret()


def test_a_secret_is_of_the_standards_form_and_never_the_same() -> None:
    assert len(decode_secret(SECRET)) == 32
    assert new_signing_secret() != SECRET


def test_what_one_key_sealed_opens_while_the_key_is_known() -> None:
    sealed = KeyedSealing((OLD,)).seal(SECRET, "acme/1")
    assert SECRET not in sealed
    assert KeyedSealing((OLD,)).seal(SECRET, "acme/1") != sealed
    assert KeyedSealing((NEW, OLD)).open(sealed, "acme/1") == SECRET
    assert not KeyedSealing((NEW, OLD)).is_newest(sealed)
    with pytest.raises(Failure, match="not among"):
        KeyedSealing((NEW,)).open(sealed, "acme/1")


def test_it_opens_at_its_own_place_only_and_undamaged() -> None:
    sealing = KeyedSealing((OLD,))
    sealed = sealing.seal(SECRET, "acme/1")
    for other, place in ((sealed, "beta/1"), (sealed[:-8] + base64.urlsafe_b64encode(b"damage").decode(), "acme/1")):
        with pytest.raises(Failure, match="damaged"):
            sealing.open(other, place)
    for nonsense in ("", "v1", "v1..", "v0." + sealed[3:], sealed[:12] + "*"):
        with pytest.raises(Failure):
            sealing.open(nonsense, "acme/1")


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(Refused) as refused:
        KeyedSealing(()).seal(SECRET, "acme/1")
    assert (refused.value.code, refused.value.status) == ("sealing_key_missing", 501)
