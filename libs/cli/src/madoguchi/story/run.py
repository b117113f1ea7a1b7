"""The whole demo: a house of its own, the story, the verdict, and nothing left behind."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
from rich.console import Console

from madoguchi.display import shown_progress
from madoguchi.house.saved import House
from madoguchi.house.secrets import load_secrets
from madoguchi.house.start import HouseOptions, HouseStart
from madoguchi.house.tenants import tenant_in_force
from madoguchi.house.tokens import Wanted, make_token
from madoguchi.settings import CliSettings
from madoguchi.settings_table import PORTS
from madoguchi.stack import StackOptions
from madoguchi.story.desk import Desk
from madoguchi.story.play import Stage, play
from madoguchi.story.record import Record
from madoguchi.story.teller import Teller
from madoguchi.story.verdict import Verdict, judge
from runtime.settings import KafkaSettings

AGENTS = ("aiko", "hana")


async def run_demo(settings: CliSettings, tenant: Path, console: Console, *, keep: bool) -> Verdict:
    """Raises StoryBroken, StackError. The state stays for a look when it fails, or when asked."""
    state = Path(tempfile.mkdtemp(prefix="madoguchi-demo-"))
    failed = False
    try:
        async with _house(settings, tenant, state) as house, _stage(house, state, console) as stage:
            await play(stage)
            verdict = await judge(stage)
        failed = not verdict.holds
        stage.tell.table("What the house holds now", verdict.rows())
        return verdict
    except Exception:
        failed = True
        raise
    finally:
        if failed or keep:
            console.print(f"logs, spans and data are in {state}", style="dim", soft_wrap=True)
        else:
            shutil.rmtree(state, ignore_errors=True)


@asynccontextmanager
async def _house(settings: CliSettings, tenant: Path, state: Path) -> AsyncIterator[House]:
    stack = StackOptions(state=state, kind=settings.stack, cache=settings.cache.absolute(), durable=False)
    options = HouseOptions(stack, tenant, ports=dict.fromkeys(PORTS, 0))
    with _stopped_by_signals():
        with shown_progress("starting a house for the demo") as tell:
            start = HouseStart(options, tell)
            house = await start.start()
        try:
            yield house
        finally:
            await start.stop()


@asynccontextmanager
async def _stage(house: House, state: Path, console: Console) -> AsyncIterator[Stage]:
    kafka = KafkaSettings(bootstrap=house.kafka, idempotent=house.idempotent)
    config = await tenant_in_force("acme", kafka)
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        httpx.AsyncClient(base_url=house.url("sandbox"), trust_env=False) as sandbox,
    ):
        desks = {agent: Desk(client, house, make_token(Wanted(agent=agent), house, state)) for agent in AGENTS}
        yield Stage(
            house=house,
            config=config,
            secrets=load_secrets(state),
            state=state,
            desks=desks,
            sandbox=sandbox,
            tell=Teller(console),
            record=Record(),
        )


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: everything that was started is stopped first."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("the demo runs in a task")
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
