"""What the log says, and what it must never say."""

import json
import logging
import sys

import pytest
import structlog

from portal.logs import formatter


def failing_record() -> logging.LogRecord:
    password = "correct horse"
    try:
        raise ValueError("no such person", len(password))
    except ValueError:
        return logging.LogRecord(
            "portal", logging.ERROR, "here", 1, "It failed.", (), sys.exc_info()
        )


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_keeps_local_variables_to_itself(*, as_json: bool) -> None:
    line = formatter(as_json=as_json).format(failing_record())

    assert "no such person" in line
    assert "correct horse" not in line.replace('password = "correct horse"', "")


def test_a_collector_gets_one_json_object_a_line() -> None:
    record = logging.LogRecord("portal", logging.INFO, "here", 1, "Line\nbreak", (), None)
    line = formatter(as_json=True).format(record)

    assert "\n" not in line
    assert json.loads(line)["event"] == "Line\nbreak"


def test_both_ways_of_logging_end_in_the_same_handlers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        structlog.get_logger("portal.strict").warning("Refused.", code="not_json")

    assert [record.name for record in caplog.records] == ["portal.strict"]
