"""An address where nothing is."""

from django.test import Client

from portal.models import User


def test_a_person_gets_a_page_and_a_program_a_problem(client: Client, olivia: User) -> None:
    client.force_login(olivia)

    page, answer = client.get("/nowhere/"), client.get("/api/v1/nowhere/")

    assert (page.status_code, answer.status_code) == (404, 404)
    assert "<h1" in page.content.decode()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
