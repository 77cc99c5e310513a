"""How the states of operations look: the tone that goes with each word."""

from operations.models import AlertState, CheckState, ReceiptState, RunState

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
RUNS = {RunState.OPEN: "busy", RunState.DONE: "good", RunState.MISSED: "bad"}
