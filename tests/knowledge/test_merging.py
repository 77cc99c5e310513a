"""What two people did to one text, side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import workflow
from knowledge.merging import merged, three_way
from portal.models import User
from tests.knowledge.make import as_person, make_document

LINES = st.lists(st.sampled_from("abcd"), max_size=8).map(lambda rows: "\n".join(rows) + "\n")


def kinds(base: str, mine: str, theirs: str) -> list[str]:
    return [stretch.kind for stretch in three_way(base, mine, theirs)]


def test_changes_apart_from_each_other_are_merged() -> None:
    stretches = three_way("1\n2\n3\n4\n", "1\nmine\n3\n4\n", "1\n2\n3\ntheirs\n")
    assert [one.kind for one in stretches] == ["same", "mine", "same", "theirs"]
    assert merged(stretches) == "1\nmine\n3\ntheirs\n"


def test_a_line_that_both_changed_is_an_overlap() -> None:
    stretches = three_way("1\n2\n", "1\nmine\n", "1\ntheirs\n")
    assert [one.kind for one in stretches] == ["same", "overlap"]
    assert merged(stretches) is None


def test_the_same_change_twice_is_none() -> None:
    assert kinds("1\n", "2\n", "2\n") == ["both"]


@given(base=LINES, mine=LINES, theirs=LINES)
def test_nothing_of_the_three_is_left_out(base: str, mine: str, theirs: str) -> None:
    stretches = three_way(base, mine, theirs)
    for name, text in (("base", base), ("mine", mine), ("theirs", theirs)):
        lines = [line for stretch in stretches for line in getattr(stretch, name)]
        assert lines == text.splitlines()


@given(base=LINES, mine=LINES)
def test_whoever_is_alone_gets_their_own_text(base: str, mine: str) -> None:
    assert merged(three_way(base, mine, base)) == mine
    assert merged(three_way(base, base, mine)) == mine


@pytest.mark.django_db
class TestConflicts:
    def test_the_page_shows_all_three(self, olivia: User, ana: User) -> None:
        document = make_document(body="one\n\ntwo\n\nthree\n")
        theirs = "one\n\ntwo\n\nthree theirs\nfour theirs\n"
        workflow.save_revision(document, base_number=1, title="T", body=theirs, actor=ana)
        form = {"title": "T", "body": "one mine\n\ntwo\n\nthree\n", "base_number": 1}
        answer = as_person(olivia).post(f"{document.get_absolute_url()}edit/", form)
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "one mine" in page
        assert "three theirs" in page
        assert "\\n" not in page
        assert answer.context["merged"] == "one mine\n\ntwo\n\nthree theirs\nfour theirs\n"
        # Offered for confirmation, never put in place of what was typed.
        assert answer.context["form"]["body"].value() == form["body"]

    def test_a_made_up_base_is_a_conflict_too(self, olivia: User) -> None:
        document = make_document(body="one\n")
        form = {"title": "T", "body": "two\n", "base_number": 7}
        answer = as_person(olivia).post(f"{document.get_absolute_url()}edit/", form)
        assert answer.status_code == 409

    def test_the_api_says_what_a_client_needs_to_mend_it(self, olivia: User, ana: User) -> None:
        document = make_document(body="one\n")
        workflow.save_revision(document, base_number=1, title="T", body="theirs", actor=ana)
        answer = as_person(olivia).post(
            f"/api/v1/documents/{document.pk}/merge/",
            {"base_number": 1, "body": "mine"},
            content_type="application/json",
        )
        assert answer.json() == {
            "base": 1,
            "latest": 2,
            "author": str(ana),
            "body": "theirs\n",
            "merged": None,
            "diff3": [
                {"kind": "overlap", "base": ["one"], "mine": ["mine"], "theirs": ["theirs"]}
            ],
        }
