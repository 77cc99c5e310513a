"""Signing in, changing and resetting passwords."""

import re

from django.core import mail
from django.test import Client

from portal.models import Event, User
from portal.sign_in import ATTEMPTS

NEW = {"new_password1": "a kettle at sea", "new_password2": "a kettle at sea"}


def sign_in(client: Client, person: User, password: str) -> int:
    return client.post(
        "/sign-in/", {"username": person.email, "password": password}
    ).status_code


def test_signing_in_leaves_an_event(client: Client, olivia: User) -> None:
    assert sign_in(client, olivia, "wrong") == 200
    assert not Event.objects.exists()
    assert sign_in(client, olivia, "a password") == 302
    assert Event.objects.get().kind == "person.signed_in"


def test_after_many_wrong_passwords_the_address_must_wait(client: Client, olivia: User) -> None:
    for _ in range(ATTEMPTS):
        sign_in(client, olivia, "wrong")

    page = client.post("/sign-in/", {"username": olivia.email, "password": "a password"})

    assert "Try again in 15 minutes" in page.content.decode()


def test_a_changed_password_ends_the_other_sessions_only(client: Client, olivia: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(olivia)
    client.force_login(olivia)

    wrong = client.post("/password/change/", {"old_password": "no"} | NEW)
    right = client.post("/password/change/", {"old_password": "a password"} | NEW)

    assert wrong.context["form"].errors.keys() == {"old_password"}
    assert right.headers["Location"] == "/password/change/done/"
    assert client.get("/services/").status_code == 200
    assert elsewhere.get("/services/").status_code == 302
    assert Event.objects.get(kind="person.password_changed").actor == olivia
    olivia.refresh_from_db()
    assert olivia.check_password("a kettle at sea")


def test_a_link_by_mail_sets_a_new_password_once(client: Client, olivia: User) -> None:
    client.post("/password/reset/", {"email": olivia.email}, headers={"Host": "localhost"})
    [message] = mail.outbox
    [path] = re.findall(r"http://localhost:8000(/password/reset/\S+)", str(message.body))

    form = client.get(path, follow=True)
    assert form.status_code == 200
    answer = client.post(form.redirect_chain[-1][0], NEW)

    assert answer.headers["Location"] == "/password/reset/done/"
    assert sign_in(client, olivia, "a kettle at sea") == 302
    assert "does not work any more" in Client().get(path, follow=True).content.decode()


def test_nobody_learns_who_has_an_account_and_nobody_is_flooded(
    client: Client, olivia: User
) -> None:
    for _ in range(7):
        known = client.post("/password/reset/", {"email": olivia.email})
        unknown = client.post("/password/reset/", {"email": "nobody@example.com"})
        assert known.headers["Location"] == unknown.headers["Location"]

    assert len(mail.outbox) == 5
