"""A real Prometheus, and a service with a machine that does as it is told."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.house import ROOT, Alertmanager, answers, free_port

RULES = ROOT / "deploy/prometheus/evenkeel.rules.yml"
SERVICE = "checkout"


def hastened(rules: str) -> str:
    """The same rules with a second for each minute, since a test cannot wait for minutes."""
    rules = re.sub(r"\bfor: (\d+)m\b", r"for: \1s", rules)
    return re.sub(r"\[(\d+)m\]", r"[\g<1>0s]", rules).replace("[10s]", "[3s]")


@dataclass
class Machine:
    """What the service and its machine are like; each value is what an exporter would say."""

    is_up: bool = True
    failing: float = 0.0  # of its requests
    seconds: float = 0.05  # that each request takes
    cpu: float = 0.10  # busy
    memory: float = 0.30  # used
    disk: float = 0.40  # used
    database_is_up: bool = True
    security_incidents: int = 0
    corruption: int = 0
    _counters: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def break_down(self) -> None:
        """Everything that the reference names goes wrong, except that it still answers."""
        self.failing, self.seconds, self.cpu = 0.20, 0.8, 0.97
        self.memory, self.disk, self.database_is_up = 0.95, 0.93, False
        self.security_incidents = self.corruption = 1

    def recover(self) -> None:
        fresh = Machine()
        for name in vars(fresh):
            if not name.startswith("_"):
                setattr(self, name, getattr(fresh, name))

    def metrics(self) -> str:
        available = f"{1000 * (1 - self.disk):.0f}"
        with self._lock:
            self._pass_time()
            lines = [f"{name} {value}" for name, value in self._counters.items()]
        lines += [
            "node_memory_MemTotal_bytes 1000",
            f"node_memory_MemAvailable_bytes {1000 * (1 - self.memory):.0f}",
            'node_filesystem_size_bytes{mountpoint="/",fstype="ext4"} 1000',
            f'node_filesystem_avail_bytes{{mountpoint="/",fstype="ext4"}} {available}',
            f"pg_up {int(self.database_is_up)}",
            f"security_incidents_open {self.security_incidents}",
            f"data_corruption_found {self.corruption}",
        ]
        return "\n".join(lines) + "\n"

    def _pass_time(self) -> None:
        """Count a hundred requests a second and the idle time of one processor."""
        passed = time.monotonic() - self._last
        self._last += passed
        requests = 100 * passed
        self._count('http_requests_total{code="200"}', requests * (1 - self.failing))
        self._count('http_requests_total{code="500"}', requests * self.failing)
        for bound in ["0.1", "0.5", "1", "+Inf"]:
            slower = self.seconds > float(bound.replace("+Inf", "inf"))
            name = f'http_request_duration_seconds_bucket{{le="{bound}"}}'
            self._count(name, 0 if slower else requests)
        idle = passed * (1 - self.cpu)
        self._count('node_cpu_seconds_total{cpu="0",mode="idle"}', idle)

    def _count(self, name: str, more: float) -> None:
        self._counters[name] = self._counters.get(name, 0) + more


class Exporter:
    """The door at which Prometheus asks the machine."""

    def __init__(self, machine: Machine) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if machine.is_up else 503)
                self.end_headers()
                self.wfile.write(machine.metrics().encode() if machine.is_up else b"")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


SCRAPED = """\
global: {{scrape_interval: 500ms, scrape_timeout: 400ms, evaluation_interval: 500ms}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]
scrape_configs:
  - job_name: checkout
    static_configs:
      - targets: ["127.0.0.1:{exporter}"]
        labels: {{service: checkout}}
"""


class Prometheus:
    """A real Prometheus that asks one exporter and tells one Alertmanager."""

    def __init__(self, folder: Path, exporter: Exporter, alertmanager: Alertmanager) -> None:
        program = shutil.which("prometheus")
        assert program, "Install Debian's package prometheus."
        folder.mkdir(parents=True)
        self._folder = folder
        (folder / "rules.yml").write_text(hastened(RULES.read_text()))
        ports = {"exporter": exporter.port, "alertmanager": alertmanager.port}
        (folder / "prometheus.yml").write_text(SCRAPED.format(**ports))
        self.port = free_port()
        self._command = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--rules.alert.resend-delay=1s",
            "--rules.alert.for-grace-period=0s",
        ]

    def start(self) -> None:
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        answers(f"http://127.0.0.1:{self.port}/-/ready", seconds=60)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def receivers(webhook: str, enqueue: str, routing_key: str) -> str:
    """Alertmanager's configuration: what pages goes by PagerDuty's way, the rest by webhook."""
    return f"""\
route:
  receiver: evenkeel
  group_by: [alertname, service]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 5m
  routes:
    - matchers: [severity="critical"]
      receiver: as-pagerduty
receivers:
  - name: evenkeel
    webhook_configs:
      - url: {webhook}
        send_resolved: true
  - name: as-pagerduty
    pagerduty_configs:
      - url: {enqueue}
        routing_key: {routing_key}
        severity: '{{{{ .CommonLabels.severity }}}}'
        class: '{{{{ .CommonLabels.alertname }}}}'
        description: '{{{{ .CommonLabels.alertname }}}}: {{{{ .CommonAnnotations.summary }}}}'
"""


def seconds_of(rules: str) -> Iterator[tuple[str, int]]:
    """The name of each rule, and how long (in hastened seconds) it has to hold."""
    for block in rules.split("- alert: ")[1:]:
        name = block.split("\n", 1)[0].strip()
        found = re.search(r"^\s+for: (\d+)s", block, re.MULTILINE)
        yield name, int(found[1]) if found else 0
