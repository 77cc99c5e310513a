"""docs/settings.md and the code name the same variables, of the same kinds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests.deploy import compose
from tests.test_architecture import SOURCES

ROOT = Path(settings.BASE_DIR)
READERS = [
    "portal/settings.py",
    "portal/env.py",
    "portal/supervisor/home.py",
    "portal/probe.py",
]
# They pass the environment on, or say in it which settings module is ours.
PASS_IT_ON = ["portal/celery.py", "portal/wsgi.py", "portal/markdown/children.py"]
ROW = re.compile(
    r"^\| `(?P<name>[A-Z0-9_]+)` \| (?P<kind>[^|]+) \| [^|]+ \| .{10,} \|$", re.MULTILINE
)
KINDS = {
    "env.str": {"text", "URL", "secret"},
    "env.bool": {"yes/no"},
    "env.int": {"number"},
    "env.list": {"list"},
    "kept_secret": {"secret"},
    "database": {"URL"},
    "mail": {"URL"},
    "os.environ.get": {"text", "number", "yes/no"},
}


def documented() -> dict[str, str]:
    text = (ROOT / "docs/settings.md").read_text()
    return {row["name"]: row["kind"] for row in ROW.finditer(text)}


def read_by_the_code() -> Iterator[tuple[str, set[str]]]:
    """Each variable and the kinds that its reader can give."""
    for path in READERS:
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in KINDS:
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    yield str(name.value), KINDS[ast.unparse(node.func)]


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    assert {name for name, _ in read_by_the_code()} == set(documented())


def test_each_is_of_the_kind_that_is_documented() -> None:
    table = documented()
    wrong = [name for name, kinds in read_by_the_code() if table.get(name) not in kinds]
    assert wrong == []


def test_nobody_else_reads_the_environment() -> None:
    allowed = {ROOT / path for path in READERS + PASS_IT_ON}
    reading = re.compile(r"\bos\.(environ|getenv)\b")
    others = [path for path in SOURCES if path not in allowed]
    assert [str(path) for path in others if reading.search(path.read_text())] == []


def test_what_an_operator_copies_names_only_what_there_is() -> None:
    known = set(documented())
    assert set(compose.example_environment()) <= known
    for service in compose.ours().values():
        names = {name.removesuffix("_FILE") for name in service["environment"]}
        assert names <= known | {"GRANIAN_HOST"}
