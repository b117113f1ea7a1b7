"""The local stack: real Kafka, Postgres and Valkey with no Docker and no root."""

from madoguchi.stack.choice import Broker, Choice, Probe, choose_stack
from madoguchi.stack.errors import StackError
from madoguchi.stack.model import Progress, StackAddresses, StackKind, StackOptions
from madoguchi.stack.ports import LOOPBACK, choose_ports, free_ports
from madoguchi.stack.processes import Command, Process, Ready
from madoguchi.stack.readiness import http_ready
from madoguchi.stack.records import PidRecord, is_running, stop_pids
from madoguchi.stack.saved import SavedStack, add_processes, forget_stack, load_stack
from madoguchi.stack.stack import Stack, stop_saved

__all__ = [
    "LOOPBACK",
    "Broker",
    "Choice",
    "Command",
    "PidRecord",
    "Probe",
    "Process",
    "Progress",
    "Ready",
    "SavedStack",
    "Stack",
    "StackAddresses",
    "StackError",
    "StackKind",
    "StackOptions",
    "add_processes",
    "choose_ports",
    "choose_stack",
    "forget_stack",
    "free_ports",
    "http_ready",
    "is_running",
    "load_stack",
    "stop_pids",
    "stop_saved",
]
