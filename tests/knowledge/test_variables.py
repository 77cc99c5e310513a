"""Variables of a runbook: declared, checked, and filled so that a value stays one word."""

import html
import itertools
import re
import shutil
import subprocess
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.filling import filled_html
from knowledge.patterns import matches
from knowledge.variables import (
    Filled,
    Variable,
    checked,
    declared_in,
    filled,
    variables_of,
    why_not_value,
)

RUNBOOK = """---
variables:
  - {name: ns, label: namespace, default: production, pattern: "[a-z0-9-]+"}
  - {name: pod, label: pod}
  - {name: pw, secret: true}
---
## Steps
1. Look at {{ pod }}, [there](https://x.example/{{pod}})
   ```bash
   kubectl -n {{ns}} logs {{pod}}
   ```
"""
HOSTILE = "x; rm -rf /'\"<b>"


def block_of(drawn: str) -> str:
    """The words of the first block of code, as a browser copies them."""
    found = re.search(r"<pre[^>]*>(.*?)</pre>", drawn, re.DOTALL)
    assert found
    return html.unescape(re.sub(r"<[^>]*>", "", found[1])).rstrip("\n")


def drawn(code: str, value: str, *, language: str = "bash", pattern: str = "") -> str:
    variable = Variable("v", pattern=pattern)
    given_values = filled([variable], {"v": value}, {})
    return filled_html(f"```{language}\n{code}\n```\n", given_values)


class TestDeclaring:
    def test_what_is_declared_used_and_forgotten(self) -> None:
        report = variables_of(RUNBOOK + "2. `{{nope}}`\n")
        assert [variable.name for variable in report.declared] == ["ns", "pod", "pw"]
        assert report.undeclared == ["nope"]
        assert len(report.problems) == 2  # and the password is used nowhere

    @pytest.mark.parametrize(
        "row",
        [
            "{label: x}",
            '{name: "a b"}',
            "{name: a, source: os.environ}",
            '{name: a, pattern: "(a+)+"}',
            '{name: a, pattern: "("}',
            '{name: a, default: "--force"}',
        ],
    )
    def test_what_cannot_be_declared_is_told_and_lets_nothing_through(self, row: str) -> None:
        body = f"---\nvariables:\n  - {row}\n---\n{{{{a}}}}\n"
        assert variables_of(body).problems
        for variable in declared_in(body):
            assert not variable.pattern or why_not_value(variable, "aaa")

    @pytest.mark.parametrize(
        "pattern", ["((a+))+b", "(a|a)*b", "(a|aa)+b", "a**", "[a", "a{3,1}", r"\bx", "[a&&b]"]
    )
    def test_a_pattern_is_one_thing_behind_the_other(self, pattern: str) -> None:
        (problem,) = variables_of(
            f"---\nvariables: [{{name: a, pattern: '{pattern}'}}]\n---\n{{{{a}}}}\n"
        ).problems
        assert "cannot be read from" in problem

    def test_a_pattern_looks_at_no_sign_twice(self) -> None:
        began = time.process_time()
        assert why_not_value(Variable("a", pattern="[a-z]*" * 33), "a" * 499 + "1")
        assert time.process_time() - began < 2

    @settings(max_examples=150, deadline=None)
    @given(
        atoms=st.lists(
            st.tuples(
                st.sampled_from(["a", ".", "[ab]", "[^a]", r"\w", r"\.", "[]a-]", "-", "|"]),
                st.sampled_from(["", "*", "+", "?", "{2}", "{,2}", "{1,}", "{1,2}"]),
            ),
            max_size=6,
        ),
        value=st.text("ab.-]", max_size=8),
    )
    def test_a_pattern_means_what_regular_expressions_mean(
        self, atoms: list[tuple[str, str]], value: str
    ) -> None:
        pattern = "".join(one if one == "|" else one + times for one, times in atoms)
        assert matches(f"^{pattern}$", value) == bool(re.fullmatch(pattern, value))

    def test_by_hand_goes_before_the_label_and_that_before_the_default(self) -> None:
        declared = declared_in(RUNBOOK)
        known = {"alert.labels.namespace": "staging"}
        assert filled(declared, {"ns": "dev"}, known)[0].comes_from == "hand"
        assert filled(declared, {}, known)[0].value == "staging"
        assert filled(declared, {}, {})[0].value == "production"


class TestRefusing:
    @pytest.mark.parametrize(
        "value", ["a\nb", "a\rb", "a\x00", "a\x1b[0m", "a\u202eb", "a\u2028b", "-rf", "a" * 501]
    )
    def test_what_no_value_holds(self, value: str) -> None:
        assert why_not_value(Variable("v"), value)
        assert checked([Variable("v")], {"v": value})[0] == {}

    def test_a_pattern_is_kept_to_and_may_allow_a_dash(self) -> None:
        variable = Variable("v", pattern="-?[0-9]+")
        assert why_not_value(variable, "-5") == ""
        assert why_not_value(variable, "5; ls")
        assert why_not_value(variable, "٥")  # noqa: RUF001 (a digit of another script)

    def test_a_secret_is_never_kept(self) -> None:
        assert checked([Variable("v", secret=True)], {"v": "hunter2"}) == ({}, {})


class TestFilling:
    def test_a_value_is_no_markup_anywhere(self) -> None:
        known = {"alert.labels.pod": HOSTILE}
        page = filled_html(RUNBOOK, filled(declared_in(RUNBOOK), {}, known))
        assert "<b>" not in page
        assert 'href="https://x.example/x%3B%20rm%20-rf%20%2F%27%22%3Cb%3E"' in page
        assert block_of(page).startswith("kubectl -n production logs 'x; rm -rf /'")

    @pytest.mark.parametrize("word", ["evkvarabcx", "evkvarffx", "evkvar61x", "evkvar3c623ex"])
    def test_a_word_that_looks_like_ours_is_only_a_word(self, word: str) -> None:
        text = f"{word} {{{{v}}}} `{word}`\n"
        page = filled_html(text, filled([Variable("v")], {"v": "web-1"}, {}))
        assert "web-1" in page
        assert "<b>" not in page
        assert word in page or "evkvar" not in page

    def test_what_has_no_value_stays_and_blocks_the_copy(self) -> None:
        page = filled_html(RUNBOOK, filled(declared_in(RUNBOOK), {}, {}))
        assert "data-no-copy" in page
        assert "{{pod}}: It has no value yet." in page
        assert block_of(page) == "kubectl -n production logs {{pod}}"

    def test_a_secret_comes_from_the_readers_own_shell(self) -> None:
        secret = [Filled(Variable("pw", secret=True), "", "", "")]
        page = filled_html("```sh\nlogin --password {{pw}}\n```\n", secret)
        assert block_of(page) == 'login --password "$PW"'
        assert "read -rs PW" in page

    @pytest.mark.parametrize(
        "code",
        [
            "cat <<EOF\n{{v}}\nEOF",
            "echo `ls {{v}}`",
            "echo ${x:-{{v}}}",
            "echo $(( {{v}} ))",
            "echo $'{{v}}'",
            "echo \\{{v}}",
            "# {{v}}",
        ],
    )
    def test_where_no_quotes_help_only_harmless_values_are_let_in(self, code: str) -> None:
        assert "data-no-copy" in drawn(code, HOSTILE)
        assert "data-no-copy" not in drawn(code, "web-1")

    def test_in_another_language_the_pattern_decides(self) -> None:
        assert "data-no-copy" in drawn("name: {{v}}", "a b", language="yaml")
        assert "data-no-copy" not in drawn(
            "n: {{v}}", "a b", language="yaml", pattern="[a-z ]+"
        )

    def test_in_a_console_commands_are_quoted_and_answers_take_plain_values_only(self) -> None:
        page = drawn("$ ls {{v}}\ndon't know", "a b", language="console")
        assert block_of(page) == "$ ls 'a b'\ndon't know"
        answer = "$ ls\n[root@db ~]# ls {{v}}"
        assert "data-no-copy" in drawn(answer, HOSTILE, language="console")
        assert block_of(drawn(answer, "web-1", language="console")).endswith("ls web-1")

    @pytest.mark.parametrize(
        "code",
        [
            "ssh host 'systemctl restart {{v}}'",
            'sh -c "echo {{v}}"',
            "eval echo {{v}}",
            "su - app -c 'ls {{v}}'",
            "/usr/bin/watch ls {{v}}",
            "[[ 1 -gt {{v}} ]]",
            'echo "$(( {{v}} ))"',
            'echo "$(case $x in a) echo "{{v}}" ;; esac)"',
            "echo \"${x:-it's}\" 'a}\" {{v}}'",
            "echo a # don't\necho {{v}}",
            "echo $\\\n{{v}}",
        ],
    )
    def test_what_is_read_twice_takes_plain_values_only(self, code: str) -> None:
        assert "data-no-copy" in drawn(code, HOSTILE)
        assert block_of(drawn(code, "web-1")) == code.replace("{{v}}", "web-1")
        assert "data-no-copy" not in drawn("./restart.sh {{v}} --log ssh_log", HOSTILE)


PLACES = [
    "{{v}}",
    '"{{v}}"',
    "'{{v}}'",
    "a{{v}}z",
    '"a {{v}} z"',
    "'a {{v}} z'",
    "a\"{{v}}\"'{{v}}'{{v}}",
    '"$(printf %s "{{v}}")"',
    '"$(printf %s {{v}})"',
]
VALUES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40
).filter(lambda value: not why_not_value(Variable("v"), value) and value == value.strip())


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_any_value_survives_as_exactly_one_word(value: str) -> None:
    """A real shell reads each command and tells the words that it got."""
    code = "\n".join(f"printf '%s\\0' {place}; printf '|\\0'" for place in PLACES)
    script = block_of(drawn(code, value))
    ran = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True)
    words = ran.stdout.decode().split("\0|\0")[:-1]

    plain = [value, value, value, f"a{value}z", f"a {value} z", f"a {value} z"]
    assert words == [*plain, f"a{value * 3}", value, value]


SHOWN = "printf '%s\\0' "
TEXTS = [
    SHOWN + '"{{v}}"',
    SHOWN + "{{v}}",
    SHOWN + "'{{v}}'",
    SHOWN + '"$(printf %s "{{v}}")"',
    SHOWN + '"$(case x in x) printf %s "{{v}}" ;; esac)"',
    SHOWN + "\\\n  {{v}}",
    f"(true)#it's\n{SHOWN}{{{{v}}}}; : 'b'",
    f'a={{{{v}}}}; {SHOWN}"$a"',
    """sh -c "printf '%s\\\\0' {{v}}" """,
    """eval "printf '%s\\\\0' {{v}}" """,
]
MEANING = [*"'\"`$(){}[]<>|&;#!*?~=\\ ,a0-", "$(echo >&2)", "`id`", "${IFS}", "a[$(id)]"]
HOSTILE_VALUES = (
    st.lists(st.sampled_from(MEANING), min_size=1, max_size=12)
    .map("".join)
    .filter(lambda value: not why_not_value(Variable("v"), value) and value == value.strip())
)
FRAMES = ["```bash\n{}\n```\n", "```console\n$ {}\n```\n", "Run `{}` now.\n"]


def commands_with(value: str) -> list[str]:
    """The commands as a reader copies them, without those in which no value is let in."""
    known = filled([Variable("v")], {"v": value}, {})
    found = []
    for frame, text in itertools.product(FRAMES, TEXTS):
        page = filled_html(frame.format(text), known)
        code = re.search(r"<code[^>]*>(.*?)</code>", page, re.DOTALL)
        assert code
        found.append(html.unescape(re.sub(r"<[^>]*>", "", code[1])).removeprefix("$ "))
    return [command for command in found if "{{v}}" not in command]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to ask")
@settings(max_examples=40, deadline=None)
@given(value=HOSTILE_VALUES)
@example(value="$(echo >&2)")
@example(value="web-1")
def test_bash_reads_a_hostile_value_as_one_word_and_runs_nothing(value: str) -> None:
    """A command that ran anything else would write more than the value, or an error."""
    commands = commands_with(value)
    script = "\n".join(f"(\n{command}\n)" for command in commands)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=False)
    assert (ran.stdout.decode(), ran.stderr) == (f"{value}\0" * len(commands), b"")
    assert len(commands) >= 2 * len(FRAMES)
