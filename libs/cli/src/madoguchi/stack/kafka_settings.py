"""The broker settings of the local stack: one table for the embedded broker and for the container."""

from collections.abc import Mapping

MAX_MESSAGE_BYTES = 1_048_588

LOCAL_SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
}

BROKER_SETTINGS: Mapping[str, str] = {
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(MAX_MESSAGE_BYTES),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.segment.delete.delay.ms": "1000",
    # The defaults take 128 MiB of heap for the cleaner and 20 MiB of address space for each partition's indexes.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.index.size.max.bytes": "2097152",
    "log.segment.bytes": "268435456",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "auto.leader.rebalance.enable": "false",
}


def as_properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The names that the container image reads: KAFKA_AUTO_CREATE_TOPICS_ENABLE and so on."""
    return {"KAFKA_" + key.upper().replace(".", "_"): value for key, value in settings.items()}
