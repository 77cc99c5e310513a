"""
Who may do what at which URL, as rows: the language of every `tests/<app>/permission_table.py`.

A table is `TABLE: dict[URL name, Rule]`; a row says for each method that the URL knows how it
answers each of the cast, from the stranger's 404 to what is done. Methods without a column must
be answered with 405. `furnish(world)` makes what the addresses of the table point to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

APPS = ["portal", "operations", "knowledge", "maintenance", "incidents"]
# Done, or answered by a rule of state or form; no word about who asks.
DONE = 0

WHO = ["anonymous", "otto", "vera", "ana", "olivia", "max", "ada"]
Answers = tuple[int, int, int, int, int]  # of those with access, vera to ada

# Vera only looks, Ana works in another team, Olivia in Payments, which Max manages.
LOOK: Answers = (DONE, DONE, DONE, DONE, DONE)
WORK: Answers = (403, DONE, DONE, DONE, DONE)
TEAM: Answers = (403, 403, DONE, DONE, DONE)
MANAGE: Answers = (403, 403, 403, DONE, DONE)
MANAGER_ONLY: Answers = (403, 403, 403, DONE, 403)
ADMINISTER: Answers = (403, 403, 403, 403, DONE)
NOBODY: Answers = (403, 403, 403, 403, 403)
# Olivia's own: others are told that there is no such thing.
OLIVIAS: Answers = (404, 404, DONE, 404, DONE)
OLIVIAS_ALONE: Answers = (404, 404, DONE, 404, 404)


@dataclass(frozen=True)
class Rule:
    """How one URL answers; `kwargs` are literals, or ways into the world: `incident.pk`."""

    methods: Mapping[str, tuple[int, ...]]
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    body: dict[str, Any] = field(default_factory=dict)


def page(get: Answers = LOOK, *, query: str = "", **kwargs: Any) -> Rule:
    """A page that is only read."""
    return Rule({"GET": _at_a_page(get)}, kwargs, query)


def verb(post: Answers, *, body: dict[str, Any] | None = None, **kwargs: Any) -> Rule:
    """What a form posts to; it is never fetched."""
    return Rule({"POST": _at_a_page(post)}, kwargs, body=body or {})


def form(answers: Answers, *, post: Answers | None = None, **kwargs: Any) -> Rule:
    """A form that posts to its own address."""
    return Rule({"GET": _at_a_page(answers), "POST": _at_a_page(post or answers)}, kwargs)


def opened(*methods: str, answer: int = DONE, **kwargs: Any) -> Rule:
    """For everybody, with or without a name."""
    return Rule(dict.fromkeys(methods or ("GET",), (answer,) * len(WHO)), kwargs)


def api(
    get: Answers | None = None,
    *,
    post: Answers | None = None,
    patch: Answers | None = None,
    put: Answers | None = None,
    delete: Answers | None = None,
    query: str = "",
    body: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Rule:
    """An endpoint of the API, by method."""
    given = {"GET": get, "POST": post, "PATCH": patch, "PUT": put, "DELETE": delete}
    methods = {name: (401, 404, *answers) for name, answers in given.items() if answers}
    return Rule(methods, kwargs, query, body or {})


def _at_a_page(answers: Answers) -> tuple[int, ...]:
    return (302, 404, *answers)


def found(world: dict[str, Any], value: Any) -> Any:
    """Return what a row means by `incident.pk`; other values mean themselves."""
    first, *rest = value.split(".") if isinstance(value, str) else (None,)
    if first not in world:
        return value
    thing = world[first]
    for name in rest:
        thing = getattr(thing, name)
    return thing


def table_of(app: str) -> Any:
    name = f"tests.{app}.permission_table"
    return import_module(name) if find_spec(name) else None
