"""What Prometheus may ask for at /metrics: counters of this process, gauges of the database."""

from prometheus_client import Counter, Histogram

HINTS = Counter(
    "evenkeel_hints_total", "Hints to the broker, by what became of them", ["result"]
)
SENDS = Counter(
    "evenkeel_sends_total", "Attempts to send, by channel and result", ["channel", "result"]
)
REFUSED_INPUT = Counter(
    "evenkeel_refused_input_total", "Requests refused for their content", ["code"]
)
REQUESTS = Histogram(
    "evenkeel_request_seconds",
    "Time to answer a request, by view and status",
    ["view", "status"],
)
