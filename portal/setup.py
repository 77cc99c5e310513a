"""Whether somebody can sign in yet: before that, a short wizard makes the first person."""

from portal.models import User

_done = False


def is_set_up() -> bool:
    """Whether there is any person; asks the database only until there is one."""
    global _done
    if not _done:
        _done = User.objects.exists()
    return _done
