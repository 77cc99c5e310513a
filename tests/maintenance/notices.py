"""A supplier's notice as it comes by mail."""

SOUND = {
    "DTSTAMP": "20261120T080000Z",
    "DTSTART": "20261205T220000Z",
    "DTEND": "20261206T020000Z",
    "UID": "42@carrier.example",
    "SUMMARY": "Fibre works",
    "ORGANIZER": "mailto:noc@carrier.example",
    "SEQUENCE": "1",
    "X-MAINTNOTE-PROVIDER": "carrier.example",
    "X-MAINTNOTE-ACCOUNT": "137",
    "X-MAINTNOTE-MAINTENANCE-ID": "WO-42",
    "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=DEGRADED": "circuit 7",
    "X-MAINTNOTE-IMPACT": "OUTAGE",
    "X-MAINTNOTE-STATUS": "CONFIRMED",
}


def a_notice(*, without: str = "", **changes: str) -> bytes:
    """Return a file with one event; `changes` have underscores for hyphens."""
    told = {**SOUND, **{name.replace("_", "-"): text for name, text in changes.items()}}
    lines = [f"{name}:{text}" for name, text in told.items() if name.split(";")[0] != without]
    frame = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Carrier//EN", "BEGIN:VEVENT"]
    return "\r\n".join([*frame, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()
