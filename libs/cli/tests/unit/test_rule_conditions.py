"""Conditions in CEL are checked before they are in force."""

from pathlib import Path

import pytest

from madoguchi.apply.conditions import condition_mistakes
from madoguchi.apply.mistakes import Place

PLACES = {(): Place(Path("a.yaml"), 1), ("rules", 0, "when"): Place(Path("a.yaml"), 7)}


def told(when: str) -> list[str]:
    bundle = {"rules": [{"when": when}], "calendars": [{"id": "office"}]}
    return [str(mistake) for mistake in condition_mistakes(bundle, PLACES)]


@pytest.mark.parametrize(
    "when",
    [
        'message.text.contains("返金") || message.text.matches("(?i)refund")',
        'customer.tier == "gold" && "vip" in customer.tags',
        'case.fields["order"] == "1" || has(case.fields.order)',
        "customer.tags.exists(tag, tag.startsWith('b2b'))",
        "calendar.office.open && now.getHours() < 12",
        'calendar("office").open',
        'now > timestamp("2026-01-01T00:00:00Z") && case.opened_at + duration("1h") < now',
        'message.text == "customer.nothing mesage.text"',
        "message.sentiment != null && message.sentiment < -0.5",
        'case.fields["order"] == "1" ? case.priority < 3 : 7 / size(message.text) > 1',
        """message.text == '.matches("(")' // message.txt.matches("(")""",
    ],
)
def test_what_the_router_knows_is_accepted(when: str) -> None:
    assert told(when) == []


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("message.text.contains(", "the condition is not CEL: column 23: mismatched input '<EOF>'"),
        (
            'mesage.text == "x"',
            "there is no variable 'mesage'; a condition may use message, customer, case, now, calendar",
        ),
        (
            'message.txt == "x"',
            "message has no field 'txt'; it has account, channel, id, kind, language, sentiment, text",
        ),
        ("message.text.lower() == 'x'", "there is no function 'lower'"),
        ("calendar.night.open", "there is no calendar 'night'"),
        ('calendar("night").open', "there is no calendar 'night'"),
        ("message.text", "the condition gives a text, not true or false"),
        ("size(case.tags)", "the condition gives a number, not true or false"),
        ("message.sentiment", "the condition gives a number, not true or false"),
        ('calendar("office")', "the condition gives a map, not true or false"),
        ('customer.tier == "gold" ? now : now', "the condition gives a time, not true or false"),
        ('message.text.matches("(")', "'(' is not a regular expression of RE2: missing ): ("),
        (
            "message.text.matches(r'(?<=a)b')",
            "'(?<=a)b' is not a regular expression of RE2: invalid perl operator: (?<=",
        ),
    ],
)
def test_what_it_does_not_know_is_a_mistake_with_its_line(when: str, sentence: str) -> None:
    assert told(when) == [f"a.yaml:7: rules.0.when: {sentence}"]
