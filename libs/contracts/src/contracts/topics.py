"""The topics. Generated from the cards in `libs/contracts/topics/` by `python -m contracts.generate`."""

from typing import Final

from contracts.topic import Topic as Topic

CASE_EVENTS: Final = Topic(
    "case.events",
    key="case_id",
    partitions=48,
    retention_hours=168,
    events=(
        "CaseOpened",
        "MessageAdded",
        "HistoryAmended",
        "MessageStatusChanged",
        "CaseResolved",
        "CaseReopened",
        "CustomerLinked",
        "CasesMerged",
    ),
)
CONFIG: Final = Topic(
    "config",
    key="tenant",
    partitions=1,
    compacted=True,
    has_dead_letters=False,
    events=("TenantConfig",),
)
INBOUND_MESSAGES: Final = Topic(
    "inbound.messages",
    key="hmac(tenant, account, conversation)",
    partitions=48,
    retention_hours=168,
    events=(
        "MessageReceived",
        "MessageEdited",
        "MessageUnsent",
        "ReactionReceived",
        "ContactChanged",
        "UnrecognisedReceived",
    ),
)
INBOUND_RECEIPTS: Final = Topic(
    "inbound.receipts",
    key="hmac(tenant, account, conversation)",
    partitions=48,
    retention_hours=168,
    events=("ReceiptReceived",),
)
OUTBOUND_MESSAGES: Final = Topic(
    "outbound.messages",
    key="conversation_id",
    partitions=48,
    retention_hours=168,
    events=("SendRequested",),
)
OUTBOUND_RESULTS: Final = Topic(
    "outbound.results",
    key="conversation_id",
    partitions=48,
    retention_hours=168,
    events=(
        "SendAccepted",
        "SendFailed",
        "SendHeld",
    ),
)
ROUTING_COMMANDS: Final = Topic(
    "routing.commands",
    key="routing group",
    partitions=48,
    retention_hours=168,
    events=(
        "WorkRequested",
        "CustomerWrote",
        "AgentReplied",
        "WorkClosed",
        "CaseFactsChanged",
        "WorkPaused",
        "WorkResumed",
        "WorkMerged",
        "ConfigureAgent",
        "ChangeAgent",
        "RemoveAgent",
        "SetPresence",
        "AcceptOffer",
        "DeclineOffer",
        "PickWork",
        "RequeueWork",
        "EndWrapUp",
        "TransferWork",
        "ForceAssign",
        "StartConsult",
        "EndConsult",
        "HeartbeatReceived",
        "ConfigureTenant",
    ),
)
ROUTING_EVENTS: Final = Topic(
    "routing.events",
    key="case_id, or agent_id for events of an agent",
    partitions=48,
    retention_hours=168,
    events=(
        "WorkQueued",
        "WorkOffered",
        "OfferEnded",
        "AutoOfferStopped",
        "WorkAssigned",
        "AssignmentEnded",
        "WorkRequeued",
        "WorkRelaxed",
        "WorkOverflowed",
        "CallbackPromised",
        "WorkTurnedAway",
        "WorkTransferred",
        "WorkForced",
        "ConversationParked",
        "ConversationResumed",
        "ConsultStarted",
        "ConsultEnded",
        "WrapUpStarted",
        "WorkDone",
        "AgentConfigured",
        "AgentRemoved",
        "PresenceChanged",
        "HeartbeatLost",
        "HeartbeatRestored",
        "SlaApplied",
        "SlaPaused",
        "SlaResumed",
        "SlaRetargeted",
        "SlaWarned",
        "SlaBreached",
        "SlaFulfilled",
        "SlaCancelled",
        "SlaActionTaken",
    ),
)

TOPICS: Final = (
    CASE_EVENTS,
    CONFIG,
    INBOUND_MESSAGES,
    INBOUND_RECEIPTS,
    OUTBOUND_MESSAGES,
    OUTBOUND_RESULTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
