"""What follows events about shifts, as the pager would have it done."""

from portal import clock
from portal.models import Reaction
from portal.reactions import react_to_all_due


def react() -> None:
    """Have every handler that is owed run, and none of them fail."""
    while react_to_all_due(clock.now()):
        pass
    assert list(Reaction.objects.exclude(error="").values_list("handler", "error")) == []
