"""How the states of operations look: the tone that goes with each word."""

from operations.models import (
    AlertState,
    CheckState,
    Condition,
    HeartbeatState,
    ReceiptState,
    RunState,
)

ALERTS = {
    AlertState.UNACKED: "bad",
    AlertState.ACKED: "busy",
    AlertState.RETURNED: "info",
    AlertState.NORMAL: "good",
}
CHECKS = {CheckState.UP: "good", CheckState.DOWN: "bad", CheckState.UNKNOWN: "neutral"}
RECEIPTS = {
    ReceiptState.RECEIVED: "busy",
    ReceiptState.PROCESSED: "good",
    ReceiptState.FAILED: "bad",
    ReceiptState.REJECTED: "bad",
}
HEARTBEATS = {
    HeartbeatState.NEW: "neutral",
    HeartbeatState.UP: "good",
    HeartbeatState.STARTED: "info",
    HeartbeatState.LATE: "busy",
    HeartbeatState.DOWN: "bad",
    HeartbeatState.PAUSED: "neutral",
}
RUNS = {RunState.OPEN: "busy", RunState.DONE: "good", RunState.MISSED: "bad"}
# Swap requests and hand-overs: what waits for somebody, and what became of it.
SHIFTS = {
    "open": "busy",
    "offered": "busy",
    "accepted": "good",
    "withdrawn": "neutral",
    "expired": "bad",
}
CONDITIONS = {
    Condition.SHELVED: "neutral",
    Condition.SUPPRESSED: "neutral",
    Condition.OUT_OF_SERVICE: "neutral",
}
