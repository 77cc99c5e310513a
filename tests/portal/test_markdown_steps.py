"""A runbook's steps are its list items, found by the walk that draws them."""

import time

import pytest

from portal.markdown import find_parts, find_steps, render

RUNBOOK = """---
kind: runbook
variables:
  - {name: ns, default: production}
---
# Checkout is slow

- not a step

## Steps

1. Check the pods
   ```bash
   kubectl get pods -n {{ns}}

   kubectl top pods
   ```
2. check: `p95` is above 500 ms

   It is on the dashboard.
3. decide: recent deployment? yes -> 4, no -> 5
   - look at the log
lazily
4. APPROVE: roll back
5. [ ] wait: 10 minutes

## Afterwards

1. not a step
"""


LABELLED = """# High latency

**Symptoms**: p95 > 500 ms

**Investigation**:
```bash
top
```

**Resolution**:
1. Scale out
   ```bash
   kubectl scale deployment myapp --replicas=10
   ```
2. Add an index

**Prevention**:
1. not a step
"""


def test_steps_are_the_items_under_the_heading() -> None:
    steps = find_steps(RUNBOOK)
    assert [(step.number, step.kind) for step in steps] == [
        (1, "do"),
        (2, "check"),
        (3, "decide"),
        (4, "approve"),
        (5, "wait"),
    ]
    assert [step.text.partition("\n")[0] for step in steps] == [
        "Check the pods",
        "`p95` is above 500 ms",
        "recent deployment? yes -> 4, no -> 5",
        "roll back",
        "10 minutes",
    ]


def test_a_step_keeps_its_code_its_paragraphs_and_its_own_list() -> None:
    first, second, third, *_ = find_steps(RUNBOOK)
    assert first.text.endswith("```bash\nkubectl get pods -n {{ns}}\n\nkubectl top pods\n```")
    assert second.text == "`p95` is above 500 ms\n\nIt is on the dashboard."
    assert third.text.endswith("- look at the log\nlazily")


def test_what_is_shown_is_what_is_run() -> None:
    whole = render(RUNBOOK)
    for step in find_steps(RUNBOOK):
        for word in step.text.replace("`", "").split()[:2]:
            assert word in whole


def test_a_step_is_named_by_its_words_so_that_it_may_move() -> None:
    steps = find_steps("## Steps\n1. Check `df`\n2. Check `df`\n3. [Call](/x) *Ana*\n4. ☃")
    assert [step.anchor for step in steps] == ["check-df", "check-df-1", "call-ana", "step"]
    moved = find_steps("## Steps\n1. New\n2. Check `df`")
    assert moved[1].anchor == "check-df"


def test_without_that_heading_the_usual_ones_count() -> None:
    steps = find_steps(LABELLED)
    assert [step.text.partition("\n")[0] for step in steps] == ["Scale out", "Add an index"]


def test_steps_may_be_parted_into_sections() -> None:
    source = "## Steps\n### First\n1. a\n\n**Careful**\n### Then\n- b\n## Other\n- c"
    assert [step.text for step in find_steps(source)] == ["a", "b"]


def test_a_text_without_steps_has_none() -> None:
    assert find_steps("") == []
    assert find_steps("- a list\n- of nothing") == []
    assert find_steps("## Steps\n" + "> " * 20 + "- too deep") == []


PARTS = """---
kind: runbook
---
# Queue grows

## What you see
a
## Mitigation steps
1. check: the replicas, expect: 3 ready
2. decide: recent deployment? yes -> 3, no -> step 4, unsure -> end
3. wait: 10 minutes
4. **approve:** roll back
## **Escalation path**
- call
"""


def test_a_step_says_what_it_expects_where_it_leads_and_how_long_it_takes() -> None:
    check, decide, wait, approve = find_steps(PARTS)
    assert check.expected == "3 ready"
    assert decide.branches == [("yes", 3), ("no", 4), ("unsure", 0)]
    assert (wait.kind, wait.seconds, approve.kind) == ("wait", 600, "approve")
    assert [(step.line, step.part) for step in (check, approve)] == [
        (9, "resolution"),
        (12, "resolution"),
    ]


def test_the_parts_of_a_runbook_are_known_by_what_authors_call_them() -> None:
    assert find_parts(PARTS) == [
        ("symptoms", "What you see", 6),
        ("resolution", "Mitigation steps", 8),
        ("escalation", "Escalation path", 13),
    ]
    assert [part.name for part in find_parts(LABELLED)] == [
        "symptoms",
        "investigation",
        "resolution",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "decide: ," + " " * 19_000 + "x",
        "decide: " + "a -> " * 3_800,
        "wait: " + "1" * 19_000,
        "check: " + "expect:" * 2_700,
    ],
)
def test_no_step_however_hostile_takes_long_to_be_understood(line: str) -> None:
    began = time.process_time()
    (step,) = find_steps(f"## Steps\n1. {line}\n")
    assert len(step.branches) + len(step.expected) + step.seconds < 20_000
    assert time.process_time() - began < 3, "Looks at the line over and over."


def test_no_heading_however_hostile_takes_long_to_be_named() -> None:
    began = time.process_time()
    find_parts("## a" + "_" * 19_000 + "a\n")
    assert time.process_time() - began < 3, "Looks at the line over and over."
