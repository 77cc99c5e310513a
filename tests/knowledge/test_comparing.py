"""Two revisions beside each other: as readers see them, as written, and by the API."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils.html import strip_tags

from knowledge import workflow
from knowledge.comparing import MOST_LINES
from knowledge.diffs import compare, side_by_side
from knowledge.drawn import NotOurs, taken_apart
from knowledge.drawn_diffs import DrawnDiff, compare_drawn
from knowledge.models import Document
from portal.markdown import render, with_marks
from portal.models import Team, User
from tests.knowledge.make import as_person, make_document, make_published, newest
from tests.portal.corpora import corpus
from tests.portal.test_markdown_safety import ALLOWED, Strict

MARKUP = corpus("markup")
DEL, INS = '<del data-change="removed">', '<ins data-change="added">'


def drawn(old: str, new: str) -> DrawnDiff:
    found = compare_drawn(render(old), render(new))
    assert found is not None
    return found


def saved(document: Document, body: str, actor: User, **more: Any) -> None:
    fields = {"title": document.title, "body": body} | more
    workflow.save_revision(document, base_number=newest(document).number, **fields, actor=actor)


class TestAsReadersSeeThem:
    def test_words_are_marked_within_what_stayed(self) -> None:
        found = drawn("Tell the team today.", "Tell the *whole* team now.")
        assert found.html == (
            f"<p>Tell the <em>{INS}whole</ins></em>{INS} </ins>team "
            f"{DEL}today</del>{INS}now</ins>.</p>"
        )
        assert (found.removed, found.added) == (1, 2)

    def test_a_changed_address_is_a_change(self) -> None:
        found = drawn("See [here](/a/) now", "See [here](/b/) now")
        assert (
            f'href="/a/" rel="noopener noreferrer nofollow">{DEL}here</del></a>' in found.html
        )
        assert (
            f'href="/b/" rel="noopener noreferrer nofollow">{INS}here</ins></a>' in found.html
        )

    def test_items_and_blocks_come_and_go_whole(self) -> None:
        found = drawn("1. Look\n2. Restart\n", "1. Look\n2. Wait a bit\n3. Restart\n\nEnd.\n")
        assert (
            f'<li data-change="added">{INS}Wait a bit</ins></li><li>Restart</li>' in found.html
        )
        assert f'<p data-change="added">{INS}End.</ins></p>' in found.html

    def test_rows_and_columns_of_tables_stay_in_their_place(self) -> None:
        old = "| a | b |\n|---|---|\n| 1 | two words |\n| 3 | 4 |\n"
        new = "| a | b | c |\n|---|---|---|\n| 1 | two more words | x |\n| 9 | 4 | y |\n"
        html = drawn(old, new).html
        assert f"<td>two {INS}more </ins>words</td>" in html
        assert f"<td>{DEL}3</del>{INS}9</ins></td><td>4</td>" in html
        assert html.count('<td data-change="added">') == 2
        assert html.count('<th data-change="added">') == 1

    def test_code_keeps_its_lines_and_colours(self) -> None:
        old = "```bash\nkubectl get pods -n prod\necho hi\n```\n"
        html = drawn(old, old.replace("prod", "staging")).html
        assert f"pods -n {DEL}prod</del>{INS}staging\n</ins>" in html
        assert '<span class="hl-nb">echo</span> hi' in html

    def test_what_is_far_from_every_change_is_folded(self) -> None:
        old = "\n\n".join(f"Part {number}" for number in range(20))
        html = drawn(old, old.replace("Part 10", "Part ten")).html
        assert html.count('<details data-change="same"><summary>8 unchanged parts') == 1
        assert strip_tags(drawn(old, old).html).count("Part") == 20

    def test_what_a_person_struck_through_is_no_deletion(self) -> None:
        assert drawn("~~old~~ a", "~~old~~ b").html.startswith("<p><del>old</del> <del data-ch")

    @pytest.mark.parametrize("hostile", MARKUP)
    def test_a_hostile_text_stays_harmless(self, hostile: str) -> None:
        """What comes out is what the renderer lets through, and the marks."""
        for old, new in (("Look", hostile), (hostile, "Look"), (hostile, f"{hostile} more")):
            found = compare_drawn(render(old), render(new))
            if found:
                Marked().feed(found.html)

    def test_only_what_the_renderer_wrote_is_taken_apart(self) -> None:
        for html in ("<p>open", "</p>", "<p><b onclick=x>a</b></p>", "<p>a</em></p>", "a < b"):
            with pytest.raises(NotOurs):
                taken_apart(html)
        assert compare_drawn("<p>a</p>", "<script>alert(1)") is None

    def test_what_is_put_together_is_cleaned_once_more(self) -> None:
        bad = (
            '<p onclick="x" data-change="added">a<script>b</script></p><p data-change="y">c</p>'
        )
        assert with_marks(bad) == '<p data-change="added">a</p><p>c</p>'
        claimed = render('<ins data-change="added">a</ins> ~~b~~')
        assert "<ins" not in claimed
        assert claimed.endswith("<del>b</del></p>")


class Marked(Strict):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [(name, value) for name, value in attrs if name != "data-change"]
        assert all(value in {"added", "removed", "same"} for _, value in set(attrs) - set(kept))
        if tag in {"ins", "details", "summary"}:
            assert not kept
        else:
            assert tag in ALLOWED
            super().handle_starttag(tag, kept)


@pytest.mark.django_db
class TestBigTexts:
    BODY = "\n\n".join(
        f"## Part {n}\n\n- look *at* {n}\n- restart **it**\n\n| a | b |\n|-|-|\n| {n} | x |\n"
        for n in range(1_200)
    )[:97_000]

    def test_they_are_compared_in_time(self) -> None:
        old, new = render(self.BODY), render(self.BODY.replace("7", "seven"))
        started = time.process_time()
        assert compare_drawn(old, new) is not None
        assert compare(self.BODY, self.BODY.replace("7", "seven"))
        assert (
            time.process_time() - started < 3
        )  # on a busy machine; half a second on a free one

    def test_what_is_too_large_is_said(self, olivia: User, monkeypatch: Any) -> None:
        monkeypatch.setattr("knowledge.drawn_diffs.MOST_WORDS", 5)
        document = make_published()
        saved(document, "Other words", olivia)
        client = as_person(olivia)
        page = client.get(f"{document.get_absolute_url()}diff/").content.decode()
        assert "too large to be compared" in page
        assert '<tr data-kind="added">' in page
        answer = client.get(f"/api/v1/documents/{document.pk}/diff/").json()
        assert (answer["html"], answer["words_added"]) == (None, None)
        assert answer["lines"]

    def test_more_lines_than_a_page_holds_are_counted(self, olivia: User) -> None:
        document = make_published(body="a\n\n" * 10)
        saved(document, "\n\n".join("b" for _ in range(3_000)), olivia)
        page = as_person(olivia).get(f"{document.get_absolute_url()}diff/?show=source")
        assert page.content.decode().count("<tr data-kind") == MOST_LINES
        assert "more lines changed" in page.content.decode()


class TestSideBySide:
    def test_what_was_replaced_stands_opposite(self) -> None:
        pairs = side_by_side(compare("a\nold one\nold two\nz", "a\nnew one\nz\nlast"))
        words = [
            tuple("".join(text for text, _ in line.parts) if line else None for line in pair)
            for pair in ((pair.left, pair.right) for pair in pairs)
        ]
        assert words == [
            ("a", "a"),
            ("old one", "new one"),
            ("old two", None),
            ("z", "z"),
            (None, "last"),
        ]


@pytest.mark.django_db
class TestThePage:
    def test_it_shows_the_newest_beside_what_readers_get(
        self, olivia: User, vera: User
    ) -> None:
        document = make_published(body="One word")
        for body in ("Two words", "Three words"):
            saved(document, body, olivia, message="Counted again")
        address = f"{document.get_absolute_url()}diff/"
        page = as_person(vera).get(address).content.decode()
        assert "From revision 1 to 3" in page
        assert f"<p>{DEL}One word</del>{INS}Three words</ins></p>" in page
        assert "Counted again" in page
        assert "2 · " not in page
        assert "1 · published" in page
        history = as_person(vera).get(f"{document.get_absolute_url()}history/").content.decode()
        assert 'name="from" value="1" checked' in history
        assert 'name="to" value="3" checked' in history

    def test_each_way_of_showing_has_an_address(self, vera: User, olivia: User) -> None:
        document = make_published(body="One word")
        saved(document, "Two words", olivia, title="Another")
        address = f"{document.get_absolute_url()}diff/"
        client = as_person(vera)
        for show, words in (("drawn", INS), ("source", "diff-sign"), ("sides", "diff-sides")):
            query = urlencode({"from": 1, "to": 2, "show": show})
            page = client.get(f"{address}?{query}").content.decode()
            assert words in page, show
            assert f"{INS}Another</ins>" in page
            assert f'href="?{query.replace(show, "source").replace("&", "&amp;")}"' in page
        assert client.get(f"{address}?show=other").status_code == 404
        assert client.get(f"{address}?from=1&to=9").status_code == 404
        same = client.get(f"{address}?from=2&to=2").content.decode()
        assert "The words are the same" in same

    def test_the_same_over_the_api(self, vera: User, olivia: User) -> None:
        document = make_published(body="One word")
        saved(document, "One long word", olivia)
        answer = (
            as_person(vera).get(f"/api/v1/documents/{document.pk}/diff/?from=2&to=1").json()
        )
        assert (answer["old"]["number"], answer["new"]["number"]) == (1, 2)
        assert (answer["words_added"], answer["words_removed"]) == (1, 0)
        assert answer["html"] == f"<p>One {INS}long </ins>word</p>"
        assert answer["title_changed"] is False
        assert {line["kind"] for line in answer["lines"]} == {"removed", "added"}
        assert "body" not in answer["old"]

    def test_a_reviewer_reads_what_changes_first(
        self, payments: Team, olivia: User, max: User
    ) -> None:
        document = make_published(body="One word", team=payments)
        saved(document, "One long word", olivia)
        address = f"{document.get_absolute_url()}revisions/2/"
        assert INS not in as_person(max).get(address).content.decode()
        assert INS in as_person(max).get(f"{address}?show=changes").content.decode()

        workflow.ask_for_review(newest(document), actor=olivia)
        assert INS in as_person(max).get(address).content.decode()
        assert INS not in as_person(max).get(f"{address}?show=text").content.decode()

    def test_a_first_revision_has_nothing_to_compare_with(self, olivia: User) -> None:
        document = make_document()
        address = document.get_absolute_url()
        assert "What changes for readers" not in (
            as_person(olivia).get(f"{address}revisions/1/").content.decode()
        )
        assert as_person(olivia).get(f"{address}diff/").status_code == 200

    def test_it_asks_as_little_with_many_revisions(
        self, olivia: User, django_assert_num_queries: Any
    ) -> None:
        document = make_published(body="0")
        client = as_person(olivia)
        address = f"{document.get_absolute_url()}diff/"
        saved(document, "1", olivia)
        client.get(address)
        with django_assert_num_queries(QUERIES):
            client.get(address)
        for number in range(2, 40):
            saved(document, str(number), olivia)
        with django_assert_num_queries(QUERIES):
            client.get(address)


QUERIES = 11
