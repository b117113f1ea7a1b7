"""routing.md §6 and §1's variables: what people see while they wait, live figures, and the providers' own channels."""

from typing import Any

from centre.desk import hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue, rule, says
from centre.waiting import until

ENOUGH = 20


async def waits_are_told_honestly(centre: Centre) -> None:
    """Position when exact, no estimate before twenty answered waits, none under a minute, and "no agents" as a state."""
    tenant = await centre.tenant("waits", queues=[queue("front", mode="auto_assign")])
    first = await tenant.ask("one")
    await tenant.work(first, state="queued")
    second = await tenant.ask("two")
    shown = await _wait(tenant, second)
    assert (shown["state"], shown["position"], shown["estimated_wait_ms"]) == ("no_agents", 2, None)
    vic = await hire(tenant, "vic", "front", messaging=ENOUGH)
    for case in (first, second):
        await tenant.work(case, state="assigned")
    answered = [await tenant.ask(f"number {number}") for number in range(3, ENOUGH)]
    await tenant.work(answered[-1], state="assigned")
    await vic.is_("busy")
    before = await tenant.ask("nineteen are known")
    shown = await _wait(tenant, before)
    assert (shown["state"], shown["position"], shown["estimated_wait_ms"]) == ("waiting", 1, None)
    await vic.is_("available")
    await tenant.work(before, state="assigned")
    shown = await _wait(tenant, before)
    assert (shown["state"], shown["estimated_wait_ms"]) == ("not_waiting", None)
    full = await tenant.ask("twenty are known")
    shown = await _wait(tenant, full)
    assert (shown["state"], shown["position"], shown["estimated_wait_ms"]) == ("waiting", 1, 60_000)


async def _wait(tenant: Tenant, case_id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        shown: dict[str, Any] | None = await tenant.look("router", f"/v1/work/{case_id}/wait")
        return shown

    return await until(look, f"the router has {case_id}")


async def live_figures_count_what_happened(centre: Centre) -> None:
    tenant = await centre.tenant(
        "figures",
        queues=[
            queue("front", offer_timeout="PT0.5S", presence_on_missed_offer="away"),
            queue("auto", mode="auto_assign"),
        ],
        rules=[rule("auto", says("auto"), queue="auto")],
    )
    wes = await hire(tenant, "wes", "front", "auto", messaging=2)
    await hire(tenant, "xia", "front", presence="away")
    missed = await tenant.ask("missed")
    await wes.shown(presence="away")
    await tenant.work(missed, state="queued")
    await tenant.done("POST", f"/v1/cases/{missed}/resolve", service="case-store")
    await tenant.work(missed, state="done")
    await wes.is_("available")
    await tenant.work(await tenant.ask("auto"), state="assigned")
    shown = await tenant.look("router", "/v1/queues")
    front, auto = (next(one for one in shown["queues"] if one["queue"] == name) for name in ("front", "auto"))
    assert shown["live"] is True
    assert (front["waiting"], front["agents"]) == (0, {"available": 1, "busy": 0, "away": 1, "offline": 0})
    for window in ("15m", "1h", "1d"):
        assert front["last"][window] == {"answered": 0, "abandoned": 1, "offers_missed": 1, "service_level": 0.0}
        assert auto["last"][window] == {"answered": 1, "abandoned": 0, "offers_missed": 0, "service_level": 1.0}
    assert auto["occupancy"] == 0.5


async def customers_write_on_line_and_whatsapp_and_are_answered_there(centre: Centre) -> None:
    tenant = await centre.tenant(
        "channels",
        queues=[
            queue("general", mode="auto_assign"),
            queue("line", mode="auto_assign"),
            queue("whatsapp", mode="auto_assign"),
        ],
        rules=[
            rule("line", 'message.channel == "line"', queue="line"),
            rule(
                "whatsapp",
                'message.account.endsWith("-whatsapp") && message.text.matches("(?i)REFUND")',
                queue="whatsapp",
            ),
        ],
    )
    yui = await hire(tenant, "yui", "line", "whatsapp", messaging=5)
    for channel in ("line", "whatsapp"):
        case = await tenant.ask("返金 refund please", account=channel)
        shown = await tenant.work(case, state="assigned")
        assert (shown["queue"], shown["channel"], shown["rule"]) == (channel, channel, channel)
        told = await yui.replies(case, f"承知しました on {channel}")
        assert told["channel"] == channel

        async def accepted(message_id: str = told["message_id"]) -> bool:
            message = await tenant.look("case-store", f"/v1/messages/{message_id}")
            return message is not None and message["status"] in ("accepted", "sent", "delivered", "read")

        await until(accepted, f"the reply on {channel} is accepted")


SCENARIOS = (
    waits_are_told_honestly,
    live_figures_count_what_happened,
    customers_write_on_line_and_whatsapp_and_are_answered_there,
)
