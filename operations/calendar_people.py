"""Which of our people a calendar or an export means by a name, an address or a user name."""

from collections.abc import Iterable
from typing import NamedTuple

from portal.models import Membership, Team, User

SEPARATORS = (",", ";", "&", "/", "+")


class Matched(NamedTuple):
    people: list[User]
    unmatched: list[str]


class Directory:
    """The people of one team, found by what others call them; only one of a name counts."""

    def __init__(self, team: Team | int) -> None:
        members = Membership.objects.filter(team=team).select_related("person")
        self._known: dict[str, User | None] = {}
        for person in (row.person for row in members.order_by("person")):
            if person.may_work:
                self._add(person)

    def _add(self, person: User) -> None:
        for word in {person.email, person.name, person.email.partition("@")[0]}:
            key = _key(word)
            known = self._known.get(key, person)
            # Two of one name: neither is meant, and whoever reads the notes decides.
            self._known[key] = person if known == person else None

    def find(self, word: str) -> User | None:
        """Return who is meant by an e-mail address, a name or a user name, in any case."""
        key = _key(word)
        return self._known.get(key) if key else None

    def match(self, title: str, attendees: Iterable[str] = ()) -> Matched:
        """Read a title as one person or several; if it names nobody, take who attends."""
        if person := self.find(title):
            return Matched([person], [])
        named = [self.find(word) for word in _words(title)]
        found = [person for person in named if person is not None]
        if found:
            unmatched = [
                word for word, person in zip(_words(title), named, strict=True) if not person
            ]
            return Matched(list(dict.fromkeys(found)), unmatched)
        attending = [person for word in attendees if (person := self.find(word))]
        return Matched(list(dict.fromkeys(attending)), [] if attending else [title.strip()])


def _key(word: str) -> str:
    return " ".join(word.split()).casefold()


def _words(title: str) -> list[str]:
    for separator in SEPARATORS[1:]:
        title = title.replace(separator, SEPARATORS[0])
    return [word.strip() for word in title.split(SEPARATORS[0]) if word.strip()]
