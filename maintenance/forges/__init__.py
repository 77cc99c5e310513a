"""
Forges that tell of deployments: how each signs a call, and what its bodies say.

Pure: nothing here knows the database. Bodies are read after the forges' documents of
November 2026; what is not needed is not looked at, so that a new field breaks nothing.
"""

from types import ModuleType

from maintenance.forges import github, gitlab
from maintenance.forges.telling import Moment, Nothing, Stage, Telling, Unreadable

FORGES: dict[str, ModuleType] = {"github": github, "gitlab": gitlab}

__all__ = ["FORGES", "Moment", "Nothing", "Stage", "Telling", "Unreadable"]
