"""
How long a page takes while a thousand subscribers of the status page are written to.

A whole portal with a real pager and a real mail server beside it, on the database that
`DATABASE_URL` names. Pages and letters go through the same process to the same server. Goals:
the slowest page beside the letters within 5 s, as in a storm, its median at most 0.5 s above
the one without; every subscriber gets exactly one letter.
"""

import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from benchmarks.paging import ALERTS, Clocked, House, latencies, say
from tests.house import Portal, running

SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "1000"))
PUBLIC = f"service-{2 * ALERTS}"
SET_UP = f"""
from incidents.workflow.components import cover_public_services
from portal.models import Service
from tests.incidents.subscribers import many

service = Service.objects.get(slug="{PUBLIC}")
service.is_public, service.changed_by = True, None
service.save()
cover_public_services(actor=None)
many({SUBSCRIBERS})
"""


def publish(house: House) -> float:
    """Post an update that every subscriber wants; return when it was posted."""
    incident = house.call("incidents", service=PUBLIC, title="Slow", severity=3)
    path = f"incidents/{incident['id']}/updates"
    house.call(path, phase="identified", text="We have found it.")
    return time.time()


def letters(mailbox: Clocked) -> Counter[str]:
    to = (str(message["To"]) for message in list(mailbox.messages))
    return Counter(address for address in to if address.startswith("reader-"))


def main() -> None:
    home = "PostgreSQL" if os.environ.get("DATABASE_URL") else "embedded SQLite"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mailbox = stack.enter_context(running(Clocked()))
        settings = {"EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}"}
        portal = stack.enter_context(running(Portal(folder / "data", settings)))
        house = House(portal, mailbox)
        portal.manage("shell", "-c", SET_UP)
        print(f"alert accepted to mail arrived, {ALERTS} alerts each, {home}")
        say("alone", latencies(house, 0), "")
        began = publish(house)
        say("beside", latencies(house, ALERTS), "slowest <= 5")
        under_way = len(letters(mailbox))
        print(f"  after those pages {under_way} of {SUBSCRIBERS} letters had arrived")
        end = time.monotonic() + 600
        while len(letters(mailbox)) < SUBSCRIBERS and time.monotonic() < end:
            time.sleep(0.5)
        took = time.time() - began
        time.sleep(3)
        found = letters(mailbox)
    print(f"  {len(found)} of {SUBSCRIBERS} subscribers in {took:.0f} s")
    print(f"  {sum(found.values()) - len(found)} letters twice")


if __name__ == "__main__":
    main()
