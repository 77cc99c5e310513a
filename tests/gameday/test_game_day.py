"""
A game day: one P0 from its alert to the published review, with four people at once.

Olivia is on call and commands, Ana writes for the public, Tomas keeps the log on his phone and
Max manages. Each has a browser that stays open in the incident's room. Meanwhile somebody reads
the copies of the status page without a pause, 1,000 subscribers get their letters, a mail
scanner opens every link, and the portal is stopped in the middle.
"""

import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.gameday.cast import FOUR, PATIENCE, GameDay, Player
from tests.gameday.house import links_in, open_all
from tests.gameday.paper import clipped_on
from tests.gameday.world import SUBSCRIBERS, address
from tests.house import get, wait_for

SUMMARY = "7 % of payments fail"
SECOND = "No search answers"
ACTION = "Size the connection pool for the peak"
LEAVE = 900  # of the 1,000, once they have read enough
LUKE = "luke@example.net"
READERS = "@example.net"  # whose addresses these are
WITHIN = 60  # seconds in which the copies must show an update, on a busy machine too


def shown_by_the_copies(day: GameDay, words: str) -> None:
    """Wait until the page, the JSON and the feed say it."""
    wait_for(lambda: day.reader.shows(words), seconds=WITHIN, what=f"the copies say “{words}”")


# --- before -----------------------------------------------------------------------------------


def test_the_copies_are_read_before_anything_happens(day: GameDay) -> None:
    wait_for(lambda: day.reader.says("Checkout"), seconds=WITHIN, what="a copy with Checkout")
    assert day.reader.says("Search")


def test_luke_follows_the_page_once_he_has_pressed_the_button(day: GameDay) -> None:
    luke = day.player("Luke", phone=True)
    luke.open("/status/subscribe/")
    luke.write("Address", LUKE)
    luke.press("Subscribe")
    letter = day.mailbox.wait(LUKE, about="Confirm")
    before = day.database.kept()
    assert open_all(links_in(letter)) > 0
    assert day.database.kept() == before

    [link] = [link for link in links_in(letter) if "/status/confirm/" in link]
    luke.open(link)
    luke.press("Confirm the subscription")
    luke.reads("Incidents")


# --- detect and respond -----------------------------------------------------------------------


def test_an_alert_pages_olivia_within_seconds(day: GameDay) -> None:
    fired_at = time.monotonic()
    day.world.fire("HighErrorRate", SUMMARY, service="checkout")
    day.mailbox.wait(address("Olivia"), about=f"P0 Checkout: {SUMMARY}")
    day.seconds["page"] = time.monotonic() - fired_at
    day.measured.append(f"From alert to page: {day.seconds['page']:.2f} s")


def test_a_mail_scanner_cannot_acknowledge(day: GameDay) -> None:
    before = day.database.kept()
    page = day.mailbox.wait(address("Olivia"), about="P0 Checkout")
    assert open_all(links_in(page)) > 0
    assert day.database.kept() == before
    assert day.database.rows("SELECT state, acknowledged_at FROM incidents_incident") == [
        ("triggered", None)
    ]


def test_olivia_acknowledges_on_her_phone(day: GameDay) -> None:
    page = day.mailbox.wait(address("Olivia"), about="P0 Checkout")
    [link] = [link for link in links_in(page) if "/ack/" in link]
    phone = day.player("Olivia on the phone", phone=True)
    phone.open(link)
    phone.press("Acknowledge as Olivia")
    phone.reads("Acknowledged")
    href = phone.page.get_by_role("link", name="Open the incident room").get_attribute("href")
    day.known["room"] = str(href)


def test_four_people_come_into_the_room(day: GameDay) -> None:
    for name in FOUR:
        player = day.comes_in(name, phone=name == "Tomas")
        player.reads(SUMMARY)
        expect(player.page.locator("#room-facts")).to_contain_text("Olivia")


def test_roles_are_given_and_taken(day: GameDay) -> None:
    olivia, tomas = day.players["Olivia"], day.players["Tomas"]
    place = olivia.unfold("Give or hand over a role")
    olivia.choose("Role", "Communications lead", place)
    olivia.choose("Person", "Ana", place)
    olivia.do("Give it now", place)
    day.all_hear("Ana is communications lead")

    held = tomas.section("roles").locator("li").filter(has_text="Scribe")
    tomas.do("Take", held)
    day.all_hear("Tomas is scribe")


def test_the_command_is_handed_over_and_back(day: GameDay) -> None:
    for giver, taker in [("Olivia", "Max"), ("Max", "Olivia")]:
        here = day.players[giver]
        place = here.unfold("Give or hand over a role")
        here.choose("Role", "Commander", place)
        here.choose("Person", taker, place)
        here.do("Ask them to take over", place)
        day.players[taker].hears(f"offered to {taker}", at="#room-roles")
        day.players[taker].do("Accept")
        day.all_hear(taker, at="#room-facts")


def test_each_writes_and_all_others_see_it(day: GameDay) -> None:
    olivia, ana, tomas, max_ = (day.players[name] for name in FOUR)
    began = time.monotonic()
    write(tomas, "The pool of connections is full since 09:14.", pinned=True)
    day.all_hear("The pool of connections is full since 09:14.")
    day.measured.append(f"A note in all four rooms: {time.monotonic() - began:.2f} s")

    write(max_, "We restart it now and look for the cause later.", kind="Decision")
    day.all_hear("We restart it now and look for the cause later.")

    place = ana.unfold("Add a note")
    picture = day.folder / "pool.png"
    Image.new("RGB", (640, 200), "teal").save(picture)
    ana.field("Picture", place).set_input_files(picture)
    ana.write("What happened", "The graph of the pool", place)
    ana.do("Add a note", place)
    day.all_hear("The graph of the pool")
    for name in FOUR:
        expect(day.players[name].page.locator("#room-live img.entry-picture")).to_have_count(1)

    place = olivia.unfold("Add a task")
    olivia.write("What is to be done", "Restart checkout one by one", place)
    olivia.choose("By whom", "Tomas", place)
    olivia.do("Add it", place)
    day.all_hear("Restart checkout one by one", at="#room-task-list")
    task = tomas.page.locator("#room-task-list li").filter(has_text="Restart checkout")
    tomas.do("Done", task)
    day.all_hear("done by Tomas", at="#room-task-list")


def write(player: Player, words: str, *, kind: str = "Note", pinned: bool = False) -> None:
    place = player.unfold("Add a note")
    player.write("What happened", words, place)
    player.choose("Kind", kind, place)
    if pinned:
        player.field("Pin it: it goes into the review", place).check()
    player.do("Add a note", place)


# --- communicate ------------------------------------------------------------------------------


def post(player: Player, phase: str, *, said: tuple[str, str] | None = None) -> None:
    """Post an update in the words of its template."""
    place = player.unfold(phase)
    words = player.field("What everybody reads", place)
    if said:
        words.fill(words.input_value().replace(f"[{said[0]}]", said[1]))
    if phase != "Resolved":
        player.choose("Next update within", "30 minutes", place)
    player.do("Post it", place)


def test_dora_was_told_at_once_and_is_told_again(day: GameDay) -> None:
    day.mailbox.wait(address("Dora"))
    ana = day.players["Ana"]
    ana.open(f"{day.known['room']}tell/")
    ana.write("Subject", "Checkout: we know the cause")
    ana.write("Text", "The connections are used up. Payments fail for some.")
    ana.write("SMS", "Checkout: the cause is known.")
    ana.press("See who gets it")
    ana.reads("Preview: who gets it")
    ana.reads("Dora")
    assert not day.mailbox.to(address("Dora"), about="we know the cause")
    ana.press("Send to 1 address")
    day.mailbox.wait(address("Dora"), about="Checkout: we know the cause")
    ana.open(day.known["room"])
    ana.sit_down()


def test_the_public_reads_that_we_investigate(day: GameDay) -> None:
    began = time.monotonic()
    post(day.players["Ana"], "Investigating", said=("issue description", "failed payments"))
    shown_by_the_copies(day, "We are investigating reports of failed payments.")
    day.measured.append(f"From “Post it” to the copies: {time.monotonic() - began:.2f} s")
    day.all_hear("failed payments")


def test_a_page_does_not_wait_behind_a_thousand_letters(day: GameDay) -> None:
    wait_for(lambda: len(day.mailbox.letters()) > 20, seconds=WITHIN, what="some letters")
    fired_at = time.monotonic()
    before = len(day.mailbox.letters())
    day.world.fire("SearchDown", SECOND, service="search")
    day.mailbox.wait(address("Otto"), about=f"P0 Search: {SECOND}")
    took = time.monotonic() - fired_at
    after = len(day.mailbox.letters())
    day.measured.append(
        f"From alert to page amid letters: {took:.2f} s (letters sent: {before} to {after})"
    )
    assert after < SUBSCRIBERS, "There was nothing to wait behind."
    assert took < day.seconds["page"] + 20


def test_the_portal_is_stopped_and_the_page_is_read_on(day: GameDay) -> None:
    day.kept = day.database.kept()
    for name in FOUR:
        day.players[name].knows_it_is_away = True
    assert len(day.mailbox.letters()) < SUBSCRIBERS, "All letters are sent."
    day.portal.stop(signal.SIGTERM)

    with pytest.raises(urllib.error.URLError):
        get(f"{day.portal.url}/health/live")
    read = day.reader.readings["page"]
    wait_for(lambda: day.reader.readings["page"] > read + 10, seconds=60, what="ten readings")
    assert day.reader.shows("We are investigating reports of failed payments.")
    somebody = day.player("Somebody", phone=True)
    letter = day.mailbox.to("reader-0@")[0]
    [link] = [link for link in links_in(letter) if link.startswith(day.shelf.url)]
    somebody.open(link)
    somebody.reads("We are investigating reports of failed payments.")
    footer = somebody.page.locator("footer")
    expect(footer).to_contain_text("As of ")
    expect(footer).to_contain_text("This is a copy, written anew with every change")
    for name in FOUR:
        expect(day.players[name].page.locator("[data-live-lost]")).to_be_visible(
            timeout=PATIENCE * 1000
        )


def test_what_was_sent_is_written_down(day: GameDay) -> None:
    """Stopped amid 1,000 letters: none that left will leave again."""
    [(sent,)] = day.database.rows(
        "SELECT count(*) FROM incidents_subscriberdelivery WHERE state = 'sent'"
    )
    got = [each for each, _subject in day.mailbox.noted if each.endswith(READERS)]
    assert sent == len(got)
    day.measured.append(f"Letters sent when the portal was stopped: {sent}")


def test_it_comes_back_and_nothing_is_lost(day: GameDay) -> None:
    began = time.monotonic()
    day.portal.start()
    day.measured.append(f"From its start to its first answer: {time.monotonic() - began:.1f} s")
    assert day.database.kept() == day.kept
    for name in FOUR:
        player = day.players[name]
        expect(player.page.locator("[data-live-lost]")).to_be_hidden(timeout=PATIENCE * 1000)
        player.knows_it_is_away = False
    write(day.players["Tomas"], "The portal was away and is back.")
    day.all_hear("The portal was away and is back.")


def test_1000_were_told_once_each_with_a_way_out(day: GameDay) -> None:
    everybody_has_it_once(day, "Investigating", SUBSCRIBERS)
    for mail in day.mailbox.to("reader-"):
        assert "/status/unsubscribe/" in mail["List-Unsubscribe"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def everybody_has_it_once(day: GameDay, phase: str, number: int) -> None:
    about = f"[{phase}]"
    wait_for(
        lambda: len(day.mailbox.letters(about)) >= number, seconds=900, what=f"all have {about}"
    )
    got = Counter(day.mailbox.letters(about))
    assert len(got) == number
    assert set(got.values()) == {1}, [each for each in got if got[each] > 1]


def test_900_leave_by_the_one_click_of_their_mail_program(day: GameDay) -> None:
    doors = {str(mail["List-Unsubscribe"]).strip(" <>") for mail in day.mailbox.to("reader-")}
    assert len(doors) == SUBSCRIBERS
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one_click, sorted(doors)[:LEAVE])) == {200}
    assert day.database.rows(
        "SELECT state, count(*) FROM incidents_subscriber GROUP BY state ORDER BY state"
    ) == [("active", SUBSCRIBERS - LEAVE + 1), ("left", LEAVE)]


def one_click(door: str) -> int:
    """What a mail program does for whoever presses its own “Unsubscribe” (RFC 8058)."""
    request = urllib.request.Request(door, b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


def test_the_public_reads_what_it_was(day: GameDay) -> None:
    post(day.players["Ana"], "Identified", said=("root cause", "a full connection pool"))
    shown_by_the_copies(day, "identified as a full connection pool")
    day.all_hear("a full connection pool")


# --- end it -----------------------------------------------------------------------------------


def test_users_are_well_again(day: GameDay) -> None:
    olivia = day.players["Olivia"]
    place = olivia.unfold("Mitigated")
    olivia.write("What helped", "Twice as many connections.", place)
    olivia.do("Mitigated", place)
    day.all_hear("Mitigated", at="#room-facts")


def test_it_is_said_for_how_long_customers_felt_it(day: GameDay) -> None:
    max_ = day.players["Max"]
    place = max_.unfold("Correct the impact")
    now = datetime.now(UTC)
    max_.write("Who is affected, and how", "10,000 customers could not pay", place)
    max_.write("Users felt it from", f"{now - timedelta(minutes=20):%Y-%m-%dT%H:%M}", place)
    max_.write("Until", f"{now:%Y-%m-%dT%H:%M}", place)
    max_.do("Save", place)
    day.all_hear("corrected the impact: 10,000 customers could not pay")


def test_the_public_reads_that_we_watch_it(day: GameDay) -> None:
    post(day.players["Ana"], "Monitoring")
    shown_by_the_copies(day, "A fix has been implemented")
    day.all_hear("A fix has been implemented")


def test_the_alert_ends_and_olivia_resolves(day: GameDay) -> None:
    day.world.fire("HighErrorRate", SUMMARY, service="checkout", ended=True)
    for name in FOUR:
        alerts = day.players[name].page.locator("section[aria-labelledby=alerts]")
        expect(alerts).to_contain_text("Cleared", timeout=PATIENCE * 1000)
    olivia = day.players["Olivia"]
    place = olivia.unfold("Resolve")
    olivia.write("What ended it", "A larger connection pool.", place)
    olivia.do("Resolve", place)
    day.all_hear("Resolved", at="#room-facts")


def test_the_public_reads_that_it_is_over(day: GameDay) -> None:
    post(day.players["Ana"], "Resolved")
    shown_by_the_copies(day, "The issue has been resolved.")
    day.all_hear("The issue has been resolved.")


def test_whoever_stayed_was_told_to_the_end_and_nobody_else(day: GameDay) -> None:
    for phase in ["Identified", "Monitoring", "Resolved"]:
        everybody_has_it_once(day, phase, SUBSCRIBERS - LEAVE)


# --- learn ------------------------------------------------------------------------------------

CAUSE = "The pool was sized for half the load, and nothing watched it."
LEARNED = {
    "What went well": "The page came within seconds, and the public was told at once.",
    "What went wrong": "No alert watches the pool.",
    "Prevention": "Size the pool for the peak, and watch it.",
}


def test_the_review_is_drafted(day: GameDay) -> None:
    olivia = day.players["Olivia"]
    assert "review is not published" in olivia.disabled("Close")
    olivia.follow("Write the review")
    day.known["review"] = olivia.path
    assert "The pool of connections is full" in olivia.field("Timeline").input_value()
    assert olivia.field("Impact").input_value() == "10,000 customers could not pay"
    assert olivia.field("Resolution").input_value() == "A larger connection pool."


def test_two_write_it_at_once_and_lose_nothing(day: GameDay) -> None:
    olivia, tomas = day.players["Olivia"], day.players["Tomas"]
    tomas.open(day.known["review"])
    for section, words in LEARNED.items():
        tomas.write(section, words)
    olivia.write("Root cause", CAUSE)
    olivia.do("Save")
    tomas.press("Save")
    tomas.reads("Where the two texts differ")
    tomas.reads(CAUSE)
    tomas.write("Root cause", CAUSE)
    tomas.do("Save")

    olivia.open(day.known["review"])
    for section, words in {**LEARNED, "Root cause": CAUSE}.items():
        assert olivia.field(section).input_value() == words


def test_a_factor_is_named_and_an_action_promised(day: GameDay) -> None:
    olivia = day.players["Olivia"]
    place = olivia.unfold("Name a factor")
    olivia.field("Factor", place).select_option(index=1)
    olivia.write("By what it is known", "The graph of the pool was flat at its limit.", place)
    olivia.do("Name it", place)
    place = olivia.unfold("Add an action item")
    olivia.write("What is to be done", ACTION, place)
    olivia.choose("Owner", "Tomas", place)
    olivia.write("Due", f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}", place)
    olivia.write("How will we know that it worked", "No waiting at twice the peak.", place)
    olivia.do("Add the action", place)
    olivia.reads(ACTION)


def test_max_is_asked_to_look_it_over(day: GameDay) -> None:
    olivia = day.players["Olivia"]
    place = olivia.unfold("Send it for review")
    olivia.choose("Who looks it over", "Max", place)
    olivia.do("Send", place)
    olivia.reads("Max")
    day.mailbox.wait(address("Max"), about="Look over the review", seconds=90)


def test_a_mail_scanner_opens_every_link_and_changes_nothing(day: GameDay) -> None:
    kinds = {
        (to.partition("-")[0], subject): mail
        for (to, subject), mail in zip(
            list(day.mailbox.noted), list(day.mailbox.messages), strict=False
        )
    }
    before = day.database.kept()
    links = {link for mail in kinds.values() for link in links_in(mail)}
    opened = open_all(links)
    assert day.database.kept() == before
    for path in ["/ack/", "/status/confirm/", "/status/unsubscribe/", "/review/"]:
        assert any(path in link for link in links), f"No mail leads to {path}"
    day.measured.append(f"A mail scanner opened {opened} links of {len(kinds)} kinds of mail")


def test_max_comments_and_asks_for_a_change(day: GameDay) -> None:
    max_, olivia = day.players["Max"], day.players["Olivia"]
    max_.open(day.known["review"])
    place = max_.unfold("Comment")
    max_.choose("About", "What went wrong", place)
    max_.write("Comment", "Who would have seen the alert?", place)
    max_.do("Comment", place)
    place = max_.section("answer")
    max_.page.get_by_label("I ask for changes").check()
    max_.write("Remark", "Say who watches the pool.", place)
    max_.do("Answer", place)

    olivia.open(day.known["review"])
    assert "asks for changes" in olivia.disabled("Publish")
    olivia.write("What went wrong", "No alert watches the pool; the team on call should.")
    olivia.do("Save")
    comments = olivia.section("comments")
    olivia.do("Resolve", comments)
    place = olivia.unfold("Send it for review")
    olivia.choose("Who looks it over", "Max", place)
    olivia.do("Send", place)


def test_max_approves_and_it_is_published(day: GameDay) -> None:
    max_, olivia = day.players["Max"], day.players["Olivia"]
    max_.open(day.known["review"])
    place = max_.section("answer")
    max_.page.get_by_label("I approve this version").check()
    max_.do("Answer", place)
    olivia.open(day.known["review"])
    olivia.do("Publish")
    olivia.reads("Published")


def test_the_incident_is_closed_for_all_four(day: GameDay) -> None:
    for name in FOUR:
        day.players[name].open(day.known["room"])
        day.players[name].sit_down()
    day.players["Olivia"].do("Close")
    day.all_hear("Closed", at="#room-facts")


def test_the_review_is_in_the_knowledge_base_and_its_action_owed(day: GameDay) -> None:
    ana, tomas = day.players["Ana"], day.players["Tomas"]
    ana.open("/learn/documents/?q=connection")
    ana.follow(f"Post-incident review: INC-1 {SUMMARY}")
    ana.reads(CAUSE)
    ana.reads(ACTION)
    tomas.open("/learn/actions/")
    tomas.follow(ACTION)
    tomas.reads("No waiting at twice the peak.")


def test_it_can_be_printed(day: GameDay) -> None:
    olivia = day.players["Olivia"]
    for path in [day.known["room"], day.known["review"], f"{day.known['review']}print/"]:
        olivia.open(path)
        if path == day.known["room"]:  # tasks and more are fetched into it
            expect(olivia.section("tasks")).to_contain_text("Restart checkout one by one")
        assert clipped_on(olivia.page) == []
        assert olivia.page.pdf(format="A4").startswith(b"%PDF")
    somebody = day.players["Somebody"]
    somebody.open(day.shelf.url)
    assert clipped_on(somebody.page) == []


# --- the books --------------------------------------------------------------------------------


def test_the_copies_were_read_throughout(day: GameDay) -> None:
    assert day.reader.wrong == []
    day.measured.append(
        f"Copies of the status page read: {day.reader.readings.total()} times, none torn, the"
        f" oldest {day.reader.oldest:.0f} s old"
    )


def test_the_audit_is_whole(day: GameDay) -> None:
    day.portal.manage("verify_audit")


def test_no_page_complained(day: GameDay) -> None:
    complaints = [line for player in day.players.values() for line in player.complaints]
    assert not complaints, complaints
