"""
Filling a text in again, line by line, without losing what somebody wrote.

Three texts meet: what stands there now, what was filled in last time, and what is known today.
A line that was filled in and taken out or rewritten by a person does not come back.
"""


def refilled(current: str, before: list[str], fresh: list[str], *, is_short: bool) -> str:
    """
    Return `current` with what is news; `is_short` is one line, kept once somebody typed it.

    Every line that a person wrote stays, in its order. Doing it twice is as doing it once.
    """
    if is_short:
        is_untouched = not current.strip() or current.strip() == "\n".join(before).strip()
        return "\n".join(fresh) if is_untouched else current
    kept = _without_what_is_no_longer_so(current.splitlines(), set(before), set(fresh))
    known = {*before, *kept}
    return "\n".join(_with_news(kept, fresh, [line for line in fresh if line not in known]))


def _without_what_is_no_longer_so(
    lines: list[str], before: set[str], fresh: set[str]
) -> list[str]:
    return [line for line in lines if line not in before or line in fresh]


def _with_news(kept: list[str], fresh: list[str], news: list[str]) -> list[str]:
    """Put each new line behind the nearest filled-in one that stands before it."""
    result = list(kept)
    at = _before_the_first(result, fresh)
    for line in dict.fromkeys(fresh):
        if line in news:
            result.insert(at, line)
            at += 1
        elif line in result[at:]:
            at = result.index(line, at) + 1
    return result


def _before_the_first(lines: list[str], fresh: list[str]) -> int:
    """Where news go that come first of all: ahead of what was filled in, or at the end."""
    known = set(fresh)
    return next((n for n, line in enumerate(lines) if line in known), len(lines))
