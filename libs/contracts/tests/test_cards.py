from pathlib import Path

import pytest
import yaml

from contracts.cards import BadCard, Card, check_events, read_cards
from contracts.catalogue import EVENT_TYPES
from contracts.topics import TOPICS

HOME = Path(__file__).parents[1]
CARDS = read_cards(HOME / "topics")


def test_the_table_of_topics_says_what_the_cards_say() -> None:
    for card, topic in zip(CARDS, TOPICS, strict=True):
        assert (topic.name, topic.key, topic.partitions, topic.events) == (
            card.name,
            card.key,
            card.partitions,
            card.events,
        )
        assert topic.compacted == (card.cleanup == "compact")
        assert (topic.dead_letters if topic.has_dead_letters else "none") == card.dead_letters


def test_every_event_travels_on_exactly_one_topic() -> None:
    assert sorted(event for topic in TOPICS for event in topic.events) == sorted(EVENT_TYPES)


def test_readers_and_writers_are_services_of_this_house() -> None:
    rooms = {path.parent.name for path in HOME.parents[1].glob("services/*/pyproject.toml")} | {"cli"}
    assert {service for card in CARDS for service in (*card.written_by, *card.read_by)} <= rooms


def test_every_topic_but_the_compacted_one_keeps_its_dead_letters() -> None:
    assert [topic.name for topic in TOPICS if not topic.has_dead_letters] == ["chat.feed", "config"]


def test_an_event_on_no_card_is_refused() -> None:
    with pytest.raises(BadCard, match="no card carries 'TenantConfig'"):
        check_events(card for card in CARDS if card.name != "config")


def test_an_event_on_two_cards_is_refused() -> None:
    with pytest.raises(BadCard, match=r"'TenantConfig' is on the card of config already"):
        check_events([*CARDS, CARDS[CARDS.index(_card("config"))]])


def test_an_event_that_the_catalogue_lacks_is_refused() -> None:
    with pytest.raises(BadCard, match="the catalogue has no event 'CaseEaten'"):
        check_events([_card("config").model_copy(update={"events": ("CaseEaten",)})])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "other"}, "is kept in other.yaml"),
        ({"retention_hours": 24}, "a compacted one has none"),
        ({"dead_letters": "bin"}, "config.dlq or none"),
        ({"owner": "me"}, "Extra inputs"),
        ({"written_by": []}, "at least 1 item"),
        ({"partitions": 0}, "greater than or equal to 1"),
    ],
)
def test_a_bad_card_is_named_with_its_reason(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    card = yaml.safe_load((HOME / "topics" / "config.yaml").read_text("utf-8")) | change
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(card), "utf-8")
    with pytest.raises(BadCard, match=sentence) as caught:
        read_cards(tmp_path)
    assert str(caught.value).startswith("config.yaml: ")


def test_a_card_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("name: [", "utf-8")
    with pytest.raises(BadCard, match=r"^config.yaml: "):
        read_cards(tmp_path)


def _card(name: str) -> Card:
    return next(card for card in CARDS if card.name == name)
