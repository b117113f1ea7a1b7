"""Create the topics of the cards, with their dead-letter topics. Those that exist are left as they are."""

import sys

from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.app import run_once
from runtime.kafka import ensure_topics
from runtime.settings import PREFIX, KafkaSettings


class TopicSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="ignore")

    kafka: KafkaSettings


async def create() -> None:
    for name in await ensure_topics(TopicSettings().kafka):
        sys.stdout.write(f"created {name}\n")


if __name__ == "__main__":
    sys.exit(run_once(create))
