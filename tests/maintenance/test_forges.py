"""What the bodies of forges say, and who may have sent them; no database is asked."""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.forges import FORGES, Moment, Nothing, Stage, Unreadable, github, gitlab
from maintenance.forges.telling import course_of, moment
from tests.maintenance.forge_bodies import (
    SHA,
    deployment_status,
    gitlab_deployment,
    gitlab_pipeline,
    workflow_run,
)

AT = "2026-11-02T10:05:00Z"
NOW = datetime(2026, 11, 2, 10, 5, tzinfo=UTC)
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class TestGithub:
    def test_a_deployment_status(self) -> None:
        payload = {"request": "CHG-12", "artefact_sha256": "a" * 64, "version": "2.15.0"}

        told = github.read(
            "deployment_status", deployment_status("success", AT, payload=payload)
        )

        assert (told.repository, told.about, told.environment) == (
            "octo/shop",
            "deployment-501",
            "prod",
        )
        assert told.moment == Moment(Stage.SUCCEEDED, NOW)
        assert (told.version, told.sha) == ("2.15.0", SHA)
        assert (told.request, told.artefact_sha256) == ("CHG-12", "a" * 64)

    @pytest.mark.parametrize(
        ("ref", "version"), [("main", SHA[:12]), ("v2.15.0", "v2.15.0"), (SHA, SHA[:12])]
    )
    def test_a_branch_is_no_version(self, ref: str, version: str) -> None:
        told = github.read("deployment_status", deployment_status("success", AT, ref=ref))

        assert told.version == version

    def test_a_payload_may_be_a_text(self) -> None:
        for payload, request in [('{"request": "chg-7"}', "CHG-7"), ("", ""), ("what?", "")]:
            body = deployment_status("success", AT, payload=payload)
            assert github.read("deployment_status", body).request == request

    @pytest.mark.parametrize("state", ["pending", "queued", "waiting", "inactive"])
    def test_what_neither_begins_nor_ends_asks_for_nothing(self, state: str) -> None:
        with pytest.raises(Nothing):
            github.read("deployment_status", deployment_status(state, AT))

    @pytest.mark.parametrize("event", ["ping", "deployment", "push"])
    def test_other_events_ask_for_nothing(self, event: str) -> None:
        with pytest.raises(Nothing):
            github.read(event, {"zen": "Keep it logically awesome."})

    def test_a_workflow_run_knows_when_its_commit_was_made(self) -> None:
        told = github.read("workflow_run", workflow_run())

        assert told.committed_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
        assert (told.about, told.pipeline, told.request) == ("run-77-1", "Build", "CHG-1")
        assert told.moment == Moment(Stage.SUCCEEDED, datetime(2026, 11, 2, 9, 40, tzinfo=UTC))

    def test_another_conclusion_is_not_guessed(self) -> None:
        with pytest.raises(Unreadable):
            github.read("workflow_run", workflow_run(conclusion="splendid"))

    def test_only_who_knows_the_secret_can_sign(self) -> None:
        body = b'{"a": 1}'
        headers = github.sign(body, SECRET)

        assert github.why_not_signed(headers, body, ["other", SECRET], NOW) == ""
        assert github.why_not_signed(headers, body + b" ", [SECRET], NOW)
        assert github.why_not_signed(headers, body, ["other"], NOW)
        assert github.why_not_signed({}, body, [SECRET], NOW)

    def test_its_documented_example_of_a_signature(self) -> None:
        """The secret, body and digest that GitHub's documents give to test with."""
        digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        headers = {"x-hub-signature-256": f"sha256={digest}"}

        secret = "It's a Secret to Everybody"
        assert github.why_not_signed(headers, b"Hello, World!", [secret], NOW) == ""


class TestGitlab:
    def test_a_deployment(self) -> None:
        told = gitlab.read(
            "deployment", gitlab_deployment("success", "2026-11-02 11:05:00 +0100")
        )

        assert (told.repository, told.about, told.sha) == ("octo/shop", "deployment-15", SHA)
        assert told.moment == Moment(Stage.SUCCEEDED, NOW)
        assert told.version == SHA[:8]

    @pytest.mark.parametrize("status", ["created", "blocked"])
    def test_what_neither_begins_nor_ends_asks_for_nothing(self, status: str) -> None:
        with pytest.raises(Nothing):
            gitlab.read("deployment", gitlab_deployment(status, AT))

    def test_the_request_stands_in_the_title_of_the_commit(self) -> None:
        body = gitlab_deployment("running", AT, commit_title="CHG-12: Ask for the day")

        assert gitlab.read("deployment", body).request == "CHG-12"

    def test_a_pipeline_knows_when_its_commit_was_made(self) -> None:
        told = gitlab.read("pipeline", gitlab_pipeline())

        assert told.committed_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
        assert (told.about, told.pipeline) == ("pipeline-31", "main")

    def test_a_token_or_a_signature_lets_it_in(self) -> None:
        body = b'{"a": 1}'
        signed = gitlab.sign(body, SECRET, number="1", now=NOW)

        assert gitlab.why_not_signed(gitlab.sign(body, SECRET), body, [SECRET], NOW) == ""
        assert gitlab.why_not_signed(signed, body, ["other", SECRET], NOW) == ""
        assert gitlab.why_not_signed(signed, body + b" ", [SECRET], NOW)
        assert gitlab.why_not_signed({**signed, "webhook-id": "2"}, body, [SECRET], NOW)
        assert gitlab.why_not_signed({}, body, [SECRET], NOW)
        assert gitlab.why_not_signed({"x-gitlab-token": "other"}, body, [SECRET], NOW)

    def test_a_bad_signature_is_not_made_good_by_the_token(self) -> None:
        headers = gitlab.sign(b"", SECRET) | gitlab.sign(b"", "other", number="1", now=NOW)

        assert gitlab.why_not_signed(headers, b"", [SECRET], NOW)

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_what_was_signed_long_ago_is_turned_away(self, minutes: int) -> None:
        headers = gitlab.sign(b"", SECRET, number="1", now=NOW)

        later = NOW + timedelta(minutes=minutes)
        assert "five minutes" in gitlab.why_not_signed(headers, b"", [SECRET], later)


@pytest.mark.parametrize("kind", FORGES)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "deployment",
                        "deployment_status",
                        "state",
                        "project",
                        "object_attributes",
                        "id",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_body_breaks_a_reader(kind: str, body: Any) -> None:
    for event in ("deployment_status", "workflow_run", "deployment", "pipeline", "x"):
        with contextlib.suppress(Nothing, Unreadable):
            FORGES[kind].read(event, body)


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("2026-11-02T10:05:00Z", 10),
        ("2026-11-02T10:05:00+01:00", 9),
        ("2026-11-02 10:05:00 +0200", 8),
        ("2026-11-02 10:05:00 UTC", 10),
        ("2026-11-02 10:05:00", 10),
    ],
)
def test_times_are_read_as_forges_write_them(said: str, hour: int) -> None:
    assert moment(said, "x") == datetime(2026, 11, 2, hour, 5, tzinfo=UTC)


@pytest.mark.parametrize("said", ["", None, 7.5, "yesterday", True, "99999999999"])
def test_what_is_no_time_is_said(said: Any) -> None:
    with pytest.raises(Unreadable):
        moment(said, "x")


moments = st.lists(
    st.builds(
        Moment,
        st.sampled_from(Stage),
        st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    ),
    min_size=1,
    max_size=4,
)


@given(moments)
def test_neither_order_nor_repetition_makes_a_difference(told: list[Moment]) -> None:
    expected = course_of(told)

    for order in itertools.permutations(told):
        assert course_of([*order, order[0]]) == expected


@given(moments)
def test_the_last_end_counts_and_nothing_fails_that_never_began(told: list[Moment]) -> None:
    course = course_of(told)

    assert course is not None
    ends = [each for each in told if each.stage != Stage.BEGUN]
    assert (course.finished_at is None) == (course.result == "running") == (not ends)
    if course.result == "failed":
        assert course.started_at is not None
    if course.started_at and course.finished_at:
        assert course.started_at <= course.finished_at


def test_a_failure_of_what_never_began_has_touched_nothing() -> None:
    course = course_of([Moment(Stage.FAILED, NOW)])
    assert course is not None
    assert course.result == "aborted"
