"""No text, however hostile, costs more than we give it; nobody meets an error page."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.markdown import (
    COMMENT_LIMIT,
    MarkdownRefused,
    children,
    render,
    render_or_refuse,
    render_result,
)
from portal.markdown.children import Children, RenderingFailed

# Each would take from seconds to hours, and is refused by a rule that names the line.
REFUSED = {
    "open brackets in one paragraph": ("[" * 5_000, "brackets", 1),
    "open brackets in many": (("[a" * 200 + "\n\n") * 200, "brackets", 15),
    "nested links": ("[a " * 300 + "](b)" * 300, "brackets", 1),
    "open links with quotes": ("[a](b '" * 2_000, "brackets", 1),
    "one long paragraph": ("\n\n" + "a *b " * 5_000, "block", 3),
    "backticks": ("x " + "`" * 21, "backticks", 1),
    "headings": ("# a\n" * 200, "headings", 151),
    "items without end": ("- a\n" * 20_000, "blocks", 10_001),
    "quotes in quotes": ("> " * 11 + "a", "quote_depth", 1),
    "lists in lists": ("".join("  " * n + "- a\n" for n in range(40)), "list_indent", 22),
    "lists in lists on one line": ("- " * 60 + "a", "list_indent", 1),
    "a wide table": ("a|" * 900 + "b\n" + "-|" * 900 + "-\n" + "x\n" * 900, "cells", 1),
}
# These look as bad, and are drawn.
DRAWN = {
    "backtick runs of all lengths": "".join("`" * n + " " for n in range(1, 20)) * 90,
    "emphasis that never closes": "*a " * 6_600,
    "emphasis that crosses": "**a *b " * 2_800,
    "signs only": "*_" * 9_900,
    "strikethrough that never closes": "~~a " * 4_900,
    "entities that never close": "&#" * 9_900,
    "addresses in addresses": "http://" * 2_800,
    "an address with a long tail": "http://a" + ")" * 19_000,
    "tags that never close": "<a " * 6_000,
    "mail that never closes": "<a@" * 6_000,
    "backslashes": "\\" * 19_900,
    "white space": "- " + " " * 90_000 + "x",
    "tabs": "\t" * 90_000 + "x",
    "a fence that never closes": "```python\n" + "'" * 90_000,
    "code for the lexers": "```js\n" + "`${" * 3_200 + "\n```\n\n```bash\n" + "$(" * 4_900,
    "a definition that never ends": '[a]: "' + '"' * 19_000,
    "nothing": " \n" * 30_000,
    "quotes that begin and end": (">" * 10 + " a\n\nb\n\n") * 500,
    "code blocks are free": "```\n" + "[" * 90_000 + "\n```",
}


@pytest.mark.parametrize(("source", "code", "line"), REFUSED.values(), ids=REFUSED)
def test_what_costs_too_much_is_refused_with_its_line(
    source: str, code: str, line: int
) -> None:
    with pytest.raises(MarkdownRefused) as refused:
        render_or_refuse(source)
    assert (refused.value.code, refused.value.line) == (code, line)
    assert str(refused.value).startswith(f"Line {line}: ")


@pytest.mark.parametrize("source", DRAWN.values(), ids=DRAWN)
def test_what_only_looks_bad_is_drawn(source: str) -> None:
    assert render_result(source).problem is None


def test_little_that_becomes_much_is_refused() -> None:
    with pytest.raises(MarkdownRefused) as refused:
        render_or_refuse("[a]: http://" + "x" * 18_000 + "\n\n" + "[a] " * 3_000)
    assert refused.value.code == "output"


def test_the_limit_is_in_bytes() -> None:
    assert render_result("é" * 5_000 + "*", limit=COMMENT_LIMIT).problem == (
        "The text is too long: 10001 bytes, and 10000 are the limit."
    )
    assert render_result("é" * 5_000, limit=COMMENT_LIMIT).ok


def test_a_reader_sees_the_source_and_why() -> None:
    result = render_result("[" * 5_000 + "<script>")
    assert not result.ok
    assert "brackets" in result.html
    assert "&lt;script&gt;" in result.html
    assert result.html == render("[" * 5_000 + "<script>")


@pytest.fixture
def pool() -> Iterator[Children]:
    pool = Children()
    yield pool
    pool.end()


def request(source: str = "*a*") -> dict[str, object]:
    options = {"prefix": "s-", "attachments": "/attachments/", "image_hosts": []}
    return {"source": source, "options": options}


def broken(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Give new children a renderer that breaks in one way."""
    monkeypatch.setattr(
        children,
        "START",
        "import sys, os, time; sys.path.insert(0, sys.argv[1]); from engine import child\n"
        f"def broken(*_):\n    {how}\n"
        "child.render, child.CPU_SECONDS = broken, 0.2\n"
        "child.main(int(sys.argv[2]))",
    )


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("while True: pass", "over_budget"),
        ("time.sleep(60)", "over_budget"),
        ("os._exit(3)", "crashed"),
        ("os.kill(os.getpid(), 9)", "crashed"),
    ],
)
def test_a_child_that_overruns_or_dies_is_replaced(
    monkeypatch: pytest.MonkeyPatch, pool: Children, how: str, code: str
) -> None:
    with monkeypatch.context() as patched:
        broken(patched, how)
        if "sleep" in how:
            patched.setattr(children, "WALL_SECONDS", 0.6)
        with pytest.raises(RenderingFailed) as failed:
            pool.ask(request())
    assert failed.value.code == code
    assert pool.ask(request())["html"] == "<p><em>a</em></p>"
    assert len(pids_of_children()) <= 2  # this pool's and the process's own: no zombie


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("return broken()", {"refused": "nesting", "line": 0}),
        ("bytearray(300_000_000)", {"refused": "memory", "line": 0}),
        ("raise KeyError('x')", {"failed": "KeyError('x')"}),
    ],
)
def test_a_child_that_fails_says_so(
    monkeypatch: pytest.MonkeyPatch, pool: Children, how: str, answer: dict[str, object]
) -> None:
    broken(monkeypatch, how)
    assert pool.ask(request()) == answer


def test_an_idle_child_that_was_killed_costs_nobody_an_answer(pool: Children) -> None:
    pool.ask(request())
    (child,) = pool._all
    child._process.send_signal(signal.SIGKILL)
    child._process.wait()
    assert pool.ask(request())["html"] == "<p><em>a</em></p>"


def test_many_threads_share_two_children(pool: Children) -> None:
    def ask(number: int) -> bool:
        return str(pool.ask(request(f"*{number}*"))["html"]) == f"<p><em>{number}</em></p>"

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(ask, range(200)))
    assert len(pool._all) <= 2


def test_a_full_queue_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, pool: Children
) -> None:
    monkeypatch.setattr(children, "LONGEST_QUEUE", 0)
    with pytest.raises(RenderingFailed, match="busy"):
        pool.ask(request())


def test_a_forked_process_has_children_of_its_own() -> None:
    render("*before*")
    forked = os.fork()
    if not forked:
        os._exit(0 if "<em>in the fork</em>" in render("*in the fork*") else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert "<em>after</em>" in render("*after*")


def test_a_child_does_not_outlive_its_parent() -> None:
    script = (
        "from portal.markdown import children as c\n"
        f"c.ask({request()!r})\n"
        "print([child._process.pid for child in c.children._all][0], flush=True)\n"
        "input()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdin=-1, stdout=-1, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    assert gone(child)


def test_a_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch, pool: Children) -> None:
    monkeypatch.setenv("EVENKEEL_SECRET_KEY", "canary")
    pool.ask(request())
    (child,) = pool._all
    assert b"canary" not in Path(f"/proc/{child._process.pid}/environ").read_bytes()


def gone(pid: int) -> bool:
    for _ in range(50):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":  # whose init is slow
            return True
        time.sleep(0.1)
    return False


def pids_of_children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
