"""One line a record: for people by default, as JSON where a collector reads it."""

import logging
import re
from typing import Any

import structlog

# Addresses that are keys: of signed links, subscriptions, feeds and intake. No word is as long.
KEY_IN_PATH = re.compile(r"(?<=/)[A-Za-z0-9_:.-]{40,}(?=[/\s?]|$)")


def without_keys(_logger: Any, _name: str, line: structlog.types.EventDict) -> Any:
    """Leave out of a record's words whatever could be used by who reads them."""
    line["event"] = KEY_IN_PATH.sub("…", str(line.get("event", "")))
    return line


def formatter(*, as_json: bool) -> logging.Formatter:
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_keys,
    ]
    structlog.configure(  # what is logged through structlog takes the same way out
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.types.Processor
    if as_json:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    else:
        # Plain: a traceback that shows local variables would show secrets.
        renderer = structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
