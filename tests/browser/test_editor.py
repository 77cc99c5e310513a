"""Writing: tools, keys, lists, the preview, links, and words that no closed tab takes away."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_pages import broken_rules, shoot

expect.set_options(timeout=20_000)  # as long as a busy machine may take to draw

NEW = "/learn/documents/new/"
AREA = "[name=body]"
DRAWN = ".editor-preview [data-drawn]"


@pytest.fixture
def writing(as_person: SignIn) -> Page:
    page = as_person("olivia")
    page.goto(NEW)
    page.click(AREA)
    return page


def text(page: Page) -> str:
    return page.input_value(AREA)


def choose(page: Page, words: str) -> None:
    """Select these words in the text."""
    page.eval_on_selector(
        AREA,
        "(area, words) => { area.focus(); const at = area.value.indexOf(words);"
        " area.setSelectionRange(at, at + words.length); }",
        words,
    )


def written(page: Page, title: str, body: str) -> str:
    """A document with these words; returns its address."""
    page.goto(NEW)
    page.fill("[name=title]", title)
    page.fill(AREA, body)
    page.click("button[name=publish]")
    page.wait_for_url(re.compile(r"/learn/documents/(?!new)"))
    return re.sub(r"revisions/\d+/$", "", page.url)


class TestTools:
    def test_keys_and_buttons_do_the_same_and_are_undone(self, writing: Page) -> None:
        writing.keyboard.type("restart the pods")
        choose(writing, "restart")
        writing.keyboard.press("Control+b")
        assert text(writing) == "**restart** the pods"
        writing.get_by_role("button", name="Bold").click()
        assert text(writing) == "restart the pods"
        choose(writing, "pods")
        writing.keyboard.press("Control+e")
        assert text(writing) == "restart the `pods`"
        writing.keyboard.press("Control+z")
        assert text(writing) == "restart the pods"
        writing.keyboard.press("Control+i")
        assert text(writing) == "restart the *pods*"

    @pytest.mark.parametrize(
        ("tool", "found"),
        [
            ("Heading", "## one\ntwo"),
            ("List", "- one\ntwo"),
            ("Numbered list", "1. one\ntwo"),
            ("Task list", "- [ ] one\ntwo"),
            ("Quote", "> one\ntwo"),
            ("Block of code", "one\n\n```language\n\n```\n\ntwo"),
            ("Callout", "one\n\n> [!WARNING]\n> What to mind\n\ntwo"),
            ("Variable", "one{{ name }}\ntwo"),
        ],
    )
    def test_each_tool_writes_what_it_says(self, writing: Page, tool: str, found: str) -> None:
        writing.keyboard.type("one\ntwo")
        writing.eval_on_selector(AREA, "area => area.setSelectionRange(3, 3)")
        writing.get_by_role("button", name=tool, exact=True).click()
        assert text(writing) == found

    def test_many_lines_are_numbered_and_turned_from_list_to_list(self, writing: Page) -> None:
        writing.keyboard.insert_text("one\ntwo\nthree")
        writing.keyboard.press("Control+a")
        writing.keyboard.press("Control+Shift+Digit7")
        assert text(writing) == "1. one\n2. two\n3. three"
        writing.keyboard.press("Control+Shift+Digit8")
        assert text(writing) == "- one\n- two\n- three"
        writing.keyboard.press("Control+Shift+Digit8")
        assert text(writing) == "one\ntwo\nthree"

    def test_the_toolbar_is_one_stop_and_its_arrows_move(self, writing: Page) -> None:
        writing.get_by_role("button", name="Bold").focus()
        writing.keyboard.press("ArrowRight")
        expect(writing.get_by_role("button", name="Italic")).to_be_focused()
        writing.keyboard.press("End")
        expect(writing.get_by_role("button", name="Snippet")).to_be_focused()
        writing.keyboard.press("Tab")
        expect(writing.get_by_role("button", name="Write")).to_be_focused()


class TestLists:
    def test_they_go_on_and_end_by_themselves(self, writing: Page) -> None:
        writing.keyboard.type("1. look\nrestart\n\n- [x] done\nnext")
        assert text(writing) == "1. look\n2. restart\n- [x] done\n- [ ] next"

    def test_a_quote_goes_on_and_code_does_not(self, writing: Page) -> None:
        writing.keyboard.type("> one\ntwo")
        assert text(writing) == "> one\n> two"
        writing.fill(AREA, "```\n- a")
        writing.keyboard.press("End")
        writing.keyboard.type("\nb")
        assert text(writing) == "```\n- a\nb"

    def test_tab_puts_an_item_deeper_and_escape_lets_one_out(self, writing: Page) -> None:
        writing.keyboard.type("- a\nb")
        writing.keyboard.press("Tab")
        assert text(writing) == "- a\n  - b"
        writing.keyboard.press("Shift+Tab")
        assert text(writing) == "- a\n- b"
        writing.keyboard.press("Escape")
        writing.keyboard.press("Tab")
        expect(writing.locator(AREA)).not_to_be_focused()

    def test_where_there_is_no_list_tab_leaves_at_once(self, writing: Page) -> None:
        writing.keyboard.type("words")
        writing.keyboard.press("Tab")
        expect(writing.locator(AREA)).not_to_be_focused()


class TestPreview:
    LONG = "\n\n".join(f"## Part {n}\n\n" + "Look at it.\n\n" * (n % 4 + 2) for n in range(40))

    def test_it_is_drawn_while_one_types(self, writing: Page) -> None:
        writing.keyboard.type("## Steps\n\n1. Look **closely**")
        expect(writing.locator(f"{DRAWN} strong")).to_have_text("closely")
        expect(writing.locator("[data-words]")).to_have_text("5")

    def test_both_sides_stay_in_step(self, writing: Page) -> None:
        writing.fill(AREA, self.LONG)
        expect(writing.locator(f"{DRAWN} h2")).to_have_count(40)
        writing.locator(AREA).hover()
        writing.eval_on_selector(AREA, "area => { area.scrollTop = area.scrollHeight / 2; }")
        writing.wait_for_timeout(200)
        shown = writing.eval_on_selector(
            ".editor-preview",
            "pane => [...pane.querySelectorAll('h2')].find(h =>"
            " h.getBoundingClientRect().top >= pane.getBoundingClientRect().top - 8)"
            ".textContent",
        )
        assert 17 <= int(shown.removeprefix("Part ")) <= 24

    def test_what_cannot_be_drawn_is_said_and_the_last_stays(self, writing: Page) -> None:
        writing.fill(AREA, "## Fine")
        expect(writing.locator(f"{DRAWN} h2")).to_have_text("Fine")
        writing.fill(AREA, "## Fine\n\n" + "[" * 5_000)
        expect(writing.locator("[data-problem]")).to_contain_text("Line 3:")
        expect(writing.locator(f"{DRAWN} h2")).to_have_text("Fine")

    def test_a_lost_line_is_said_calmly(self, writing: Page) -> None:
        writing.route("**/api/v1/documents/preview/", lambda route: route.abort())
        writing.keyboard.type("words")
        expect(writing.locator("[data-problem]")).to_contain_text("waits for the connection")

    def test_contents_and_variables_of_what_is_written(self, writing: Page) -> None:
        body = "---\nvariables:\n  - {name: ns}\n---\n## One\n\n{{ ns }} {{ pod }}\n\n## Two\n"
        writing.fill(AREA, body)
        variables = writing.locator("[data-variables]")
        expect(variables.locator(".count")).to_have_text("2")
        variables.locator("summary").click()
        expect(variables.locator("li", has_text="pod")).to_contain_text("not declared")
        expect(variables.locator("li", has_text="ns")).not_to_contain_text("declared")
        outline = writing.locator("[data-outline]")
        outline.locator("summary").click()
        outline.get_by_role("button", name="Two").click()
        at = writing.eval_on_selector(AREA, "area => area.selectionStart")
        assert body[at:] == "## Two\n"

    def test_without_scripts_a_button_draws_and_loses_nothing(self, as_person: SignIn) -> None:
        page = as_person("olivia", scripts=False)
        page.goto(f"{NEW}?start=runbook")
        assert "## Symptoms" in text(page)
        assert page.locator(".editor-bar").is_hidden()
        page.fill("[name=title]", "By hand")
        page.fill(AREA, "Look **here**")
        page.click("button[name=preview]")
        expect(page.locator(".preview strong")).to_have_text("here")
        assert page.input_value("[name=title]") == "By hand"
        assert text(page).strip() == "Look **here**"


class TestLinks:
    def test_a_document_is_found_by_its_title_and_a_heading_by_its_words(
        self, writing: Page
    ) -> None:
        writing.keyboard.type("see the runbook")
        choose(writing, "the runbook")
        writing.keyboard.press("Control+k")
        dialog = writing.get_by_role("dialog", name="Link")
        dialog.get_by_role("combobox").fill("High lat")
        dialog.get_by_role("option", name="High latency").first.wait_for()
        writing.keyboard.press("Enter")
        assert text(writing) == "see [the runbook](/learn/documents/high-latency/)"

        writing.keyboard.press("Control+k")
        dialog.get_by_role("combobox").fill("resolution")
        dialog.get_by_role("option", name=" Resolution").first.click()
        assert re.search(
            r"\[Resolution\]\(/learn/documents/[\w-]+/#s-resolution\)", text(writing)
        )

    def test_an_address_is_taken_as_it_is_and_pasted_over_words(self, writing: Page) -> None:
        writing.keyboard.press("Control+k")
        writing.keyboard.type("https://example.com/a")
        writing.get_by_role("dialog").get_by_role("option").wait_for()
        writing.keyboard.press("Enter")
        assert text(writing) == "https://example.com/a"
        writing.fill(AREA, "the graph")
        choose(writing, "the graph")
        writing.eval_on_selector(
            AREA,
            "area => { const data = new DataTransfer();"
            " data.setData('text/plain', 'https://example.com/b');"
            " area.dispatchEvent(new ClipboardEvent('paste',"
            " {clipboardData: data, bubbles: true, cancelable: true})); }",
        )
        assert text(writing) == "[the graph](https://example.com/b)"


class TestNothingIsLost:
    def test_a_closed_tab_keeps_a_new_document(self, writing: Page) -> None:
        writing.keyboard.type("half a thought")
        context = writing.context
        writing.close(run_before_unload=False)
        again = context.new_page()
        again.goto(NEW)
        assert text(again) == "half a thought"
        expect(again.locator(".draft-notice")).to_be_visible()

    def test_a_closed_tab_keeps_a_change_on_another_machine_too(
        self, as_person: SignIn
    ) -> None:
        page = as_person("olivia")
        address = written(page, "Kept words", "old words")
        page.goto(f"{address}edit/")
        page.fill(AREA, "old words and new ones")
        page.keyboard.press("Control+s")
        expect(page.locator("[data-autosave-state]")).to_contain_text("Kept as your draft")
        context = page.context
        page.close()
        again = context.new_page()
        again.goto(f"{address}edit/")
        assert text(again) == "old words and new ones"
        assert again.locator("[data-draft-offer]").count() == 0

        elsewhere = as_person("olivia")
        elsewhere.goto(f"{address}edit/")
        assert text(elsewhere).strip() == "old words"
        elsewhere.get_by_role("link", name="Go on with it").click()
        assert text(elsewhere) == "old words and new ones"

    def test_away_from_the_server_the_browser_keeps_it(self, as_person: SignIn) -> None:
        page = as_person("olivia")
        address = written(page, "Kept away", "old words")
        page.goto(f"{address}edit/")
        page.context.set_offline(True)
        page.fill(AREA, "written in a tunnel")
        page.keyboard.press("Control+s")
        expect(page.locator("[data-autosave-state]")).to_contain_text("this browser keeps")
        page.context.set_offline(False)
        expect(page.locator("[data-autosave-state]")).to_contain_text("Kept as your draft")
        page.reload()
        assert text(page) == "written in a tunnel"

    def test_old_words_kept_by_the_browser_never_cover_newer_ones(
        self, as_person: SignIn
    ) -> None:
        page = as_person("olivia")
        address = written(page, "Kept apart", "first words")
        page.goto(f"{address}edit/")
        page.context.set_offline(True)
        page.fill(AREA, "hers, typed on revision 1")
        page.wait_for_timeout(600)
        page.context.set_offline(False)
        page.close()
        other = as_person("ada")
        other.goto(f"{address}edit/")
        other.fill(AREA, "his, saved as revision 2")
        other.click("button[name=save]")
        other.wait_for_url("**/revisions/2/")

        page = page.context.new_page()
        page.goto(f"{address}edit/")
        assert text(page) == "hers, typed on revision 1"
        page.keyboard.press("Tab")
        page.click("button[name=save]")
        expect(page.locator("h1")).to_have_text("Somebody saved before you")
        assert text(page).strip() == "hers, typed on revision 1"

    def test_control_and_enter_save(self, as_person: SignIn) -> None:
        page = as_person("olivia")
        address = written(page, "Saved by keys", "old words")
        page.goto(f"{address}edit/")
        page.fill(AREA, "new words")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/revisions/2/")
        expect(page.locator("article")).to_contain_text("new words")

    def test_who_else_is_at_it_is_said_while_one_types(self, as_person: SignIn) -> None:
        page, other = as_person("olivia"), as_person("ada")
        address = written(page, "Written together", "old words")
        other.goto(f"{address}edit/")
        other.fill(AREA, "by another")
        other.keyboard.press("Control+s")
        expect(other.locator("[data-autosave-state]")).to_contain_text("Kept")
        page.goto(f"{address}edit/")
        page.fill(AREA, "by me")
        page.keyboard.press("Control+s")
        expect(page.locator("[data-autosave-notes]")).to_contain_text("is editing it, too")


# One point of colour.
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def drop(page: Page) -> None:
    page.eval_on_selector(
        AREA,
        "(area, picture) => { const data = new DataTransfer();"
        " const bytes = Uint8Array.from(atob(picture), sign => sign.charCodeAt(0));"
        " data.items.add(new File([bytes], 'a graph.png', {type: 'image/png'}));"
        " area.dispatchEvent(new DragEvent('drop',"
        " {dataTransfer: data, bubbles: true, cancelable: true})); }",
        PICTURE,
    )


class TestPictures:
    def test_a_dropped_picture_is_sent_named_and_shown(self, as_person: SignIn) -> None:
        page = as_person("olivia")
        page.goto(f"{written(page, 'With a picture', 'See: ')}edit/")
        page.fill(AREA, "See: ")
        drop(page)
        expect(page.locator(AREA)).to_have_value(
            re.compile(r"^See: \n!\[a.graph\]\(\S+\.png\)$")
        )
        expect(page.locator(f"{DRAWN} img")).to_have_js_property("naturalWidth", 1)

    def test_none_lands_before_the_end_of_the_front_matter(self, as_person: SignIn) -> None:
        page = as_person("olivia")
        settings = "---\nvariables:\n  - {name: ns}\n---\n"
        page.goto(f"{written(page, 'With settings', f'{settings}Look')}edit/")
        page.eval_on_selector(AREA, "area => area.setSelectionRange(0, 0)")
        drop(page)
        picture = re.compile(rf"^{re.escape(settings)}!\[a.graph\]\(\S+\.png\)\nLook\n?$")
        expect(page.locator(AREA)).to_have_value(picture)
        page.fill(AREA, f"{settings}Look")
        page.eval_on_selector(AREA, "area => area.setSelectionRange(0, 0)")
        page.get_by_role("button", name="Table").click()
        assert text(page).startswith(f"{settings}\n|")

    def test_a_refusal_is_said_and_leaves_nothing_behind(self, as_person: SignIn) -> None:
        page = as_person("olivia")
        page.goto(f"{written(page, 'Without a picture', 'See: ')}edit/")
        page.fill(AREA, "See: ")
        answer = {"reasons": [{"code": "too_large", "sentence": "It is too large."}]}
        page.route("**/attachments/", lambda route: route.fulfill(status=409, json=answer))
        drop(page)
        expect(page.locator("[data-problem]")).to_contain_text("It is too large.")
        expect(page.locator(AREA)).to_have_value("See: ")

    def test_a_new_document_says_why_it_takes_none_yet(self, writing: Page) -> None:
        drop(writing)
        expect(writing.locator("[data-problem]")).to_contain_text("Save it as a draft first")
        assert text(writing) == ""


def test_a_snippet_is_found_and_shown(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.goto(NEW)
    page.select_option("[name=kind]", "snippet")
    page.fill("[name=title]", "Whom to call")
    page.fill(AREA, "Call the **duty manager**.")
    page.click("button[name=publish]")
    page.wait_for_url("**/learn/documents/whom-to-call/")
    page.goto(NEW)
    page.fill(AREA, "At night:")
    page.keyboard.press("End")
    page.get_by_role("button", name="Snippet").click()
    dialog = page.get_by_role("dialog", name="Snippet")
    dialog.get_by_role("option", name="Whom to call").click()
    assert text(page) == "At night:\n\n![[whom-to-call]]\n"
    expect(page.locator(f"{DRAWN} strong")).to_have_text("duty manager")


@pytest.mark.parametrize("phone", [False, True])
def test_the_editor_obeys_the_rules_in_every_view(as_person: SignIn, phone: bool) -> None:
    page = as_person("olivia", phone=phone, dark=phone)
    page.goto(f"{NEW}?start=runbook")
    for view in ("Write", "Preview", *([] if phone else ["Both"])):
        page.get_by_role("group", name="What is shown").get_by_role(
            "button", name=view, exact=True
        ).click()
        page.locator(f"{DRAWN} h2").first.wait_for(state="attached")
        shoot(page, f"editor-{view}-{'phone' if phone else 'desktop'}".lower())
        assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1280)


def test_full_screen_shows_the_text_alone_and_escape_leaves_it(writing: Page) -> None:
    writing.keyboard.type("## Steps")
    writing.get_by_role("button", name="Full screen").click()
    expect(writing.locator("[name=title]")).to_be_hidden()
    box = writing.locator(AREA).bounding_box()
    assert box is not None
    assert box["height"] > 600
    shoot(writing, "editor-full-desktop")
    assert broken_rules(writing) == []
    writing.click(AREA)
    writing.keyboard.press("Escape")
    expect(writing.locator("[name=title]")).to_be_visible()
