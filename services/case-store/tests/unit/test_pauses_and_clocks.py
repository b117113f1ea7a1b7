"""What a case waits for, and what it shows of its clocks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from case_store.domain import pauses
from case_store.domain.case import Case, CaseStatus
from case_store.domain.routing_view import RoutingView, SlaClock, with_clock
from case_store.domain.texts import text_for

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CASE = Case(UUID(int=1), UUID(int=2), CaseStatus.OPEN, NOON)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def test_a_reason_keeps_the_instant_at_which_it_began() -> None:
    held = pauses.paused(pauses.paused(CASE, "on_hold", minutes(1)), "on_hold", minutes(2))
    assert held.pauses == {"on_hold": minutes(1)}
    assert pauses.resumed(held, ["on_hold", "other"]).pauses == {}


def test_only_words_after_the_answer_end_the_wait_for_the_customer() -> None:
    waiting = pauses.answered(pauses.paused(CASE, "on_hold", minutes(1)), minutes(5))
    assert pauses.customer_wrote(waiting, minutes(5)) is waiting
    assert pauses.customer_wrote(waiting, minutes(6)).pauses == {"on_hold": minutes(1)}
    assert pauses.customer_wrote(CASE, minutes(6)) is CASE


def told(*entries: tuple[str, int], breached: int | None = None) -> SlaClock:
    """The clock after these entries, each told at its minute."""
    view = RoutingView()
    for state, at in entries:
        clock = SlaClock(
            state, "gold", minutes(at), told_at=minutes(at), breached_at=minutes(at) if at == breached else None
        )
        view = with_clock(view, "resolution", clock)
    return view.sla["resolution"]


def test_a_clock_that_was_retargeted_while_paused_stays_paused() -> None:
    assert told(("applied", 0), ("paused", 1), ("retargeted", 2)).state == "paused"
    assert told(("applied", 0), ("retargeted", 2)).state == "running"


def test_a_breach_is_never_undone() -> None:
    clock = told(("applied", 0), ("breached", 1), ("paused", 2), ("resumed", 3), breached=1)
    assert (clock.state, clock.breached_at) == ("breached", minutes(1))
    late = told(("applied", 0), ("breached", 1), ("fulfilled", 2), breached=1)
    assert (late.state, late.breached_at) == ("fulfilled", minutes(1))


def test_a_new_clock_of_a_metric_forgets_the_breach_of_the_one_before() -> None:
    clock = told(("applied", 0), ("breached", 1), ("fulfilled", 2), ("applied", 3), breached=1)
    assert (clock.state, clock.breached_at) == ("running", None)


def test_what_the_router_tells_later_holds_though_the_fact_is_older() -> None:
    """An answer overtaken by a warning: the warning was told first, the answer was given before it."""
    view = with_clock(RoutingView(), "resolution", SlaClock("warned", "gold", minutes(5), told_at=minutes(5)))
    view = with_clock(view, "resolution", SlaClock("fulfilled", "gold", minutes(4), told_at=minutes(6)))
    assert view.sla["resolution"].state == "fulfilled"
    view = with_clock(view, "resolution", SlaClock("warned", "gold", minutes(5), told_at=minutes(5)))
    assert view.sla["resolution"].state == "fulfilled"


def test_a_text_is_said_in_the_nearest_language() -> None:
    texts = {"en": "Later.", "ja": "のちほど。", "pt-BR": "Depois."}
    assert text_for(texts, "ja-JP", "en") == "のちほど。"
    assert text_for(texts, "PT-br", "en") == "Depois."
    assert text_for(texts, None, "en") == "Later."
    assert text_for(texts, "de", "fr") == "Later."
