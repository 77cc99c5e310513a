"""Bodies of webhooks as the documents of GitHub and GitLab describe them, written by us."""

from typing import Any

SHA = "4f2a" * 10
REPOSITORY = {"id": 1, "name": "shop", "full_name": "octo/shop", "private": True}
PROJECT = {"id": 9, "name": "Shop", "path_with_namespace": "octo/shop"}


def deployment_status(state: str, at: str, **other: Any) -> dict[str, Any]:
    """GitHub's `deployment_status`, as Actions with an environment sends it."""
    deployment = {
        "id": 501,
        "sha": SHA,
        "ref": "main",
        "task": "deploy",
        "environment": "prod",
        "payload": {},
        "description": None,
        "creator": {"login": "olivia"},
        "created_at": "2026-11-02T10:00:00Z",
    }
    status = {"id": 9001, "state": state, "environment": "prod", "created_at": at}
    return {
        "action": "created",
        "deployment_status": status,
        "deployment": {**deployment, **other},
        "repository": REPOSITORY,
        "sender": {"login": "olivia"},
    }


def workflow_run(action: str = "completed", **other: Any) -> dict[str, Any]:
    """GitHub's `workflow_run`."""
    run = {
        "id": 77,
        "name": "Build",
        "head_branch": "main",
        "head_sha": SHA,
        "display_title": "Ask for the delivery day (CHG-1)",
        "run_attempt": 1,
        "event": "push",
        "status": action,
        "conclusion": "success" if action == "completed" else None,
        "run_started_at": "2026-11-02T09:30:00Z",
        "updated_at": "2026-11-02T09:40:00Z",
        "head_commit": {
            "id": SHA,
            "message": "Ask for the delivery day",
            "timestamp": "2026-11-02T09:00:00+01:00",
        },
    }
    return {"action": action, "workflow_run": {**run, **other}, "repository": REPOSITORY}


def gitlab_deployment(status: str, at: str, **other: Any) -> dict[str, Any]:
    """GitLab's `Deployment Hook`."""
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": at,
        "deployment_id": 15,
        "deployable_id": 796,
        "environment": "production",
        "environment_tier": "production",
        "project": PROJECT,
        "ref": "main",
        "short_sha": SHA[:8],
        "user": {"username": "olivia"},
        "commit_url": f"https://gitlab.example.com/octo/shop/-/commit/{SHA}",
        "commit_title": "Ask for the delivery day",
        **other,
    }


def gitlab_pipeline(status: str = "success", **other: Any) -> dict[str, Any]:
    """GitLab's `Pipeline Hook`."""
    facts = {
        "id": 31,
        "iid": 3,
        "name": None,
        "ref": "main",
        "tag": False,
        "sha": SHA,
        "status": status,
        "created_at": "2026-11-02 09:30:00 UTC",
        "finished_at": "2026-11-02 09:40:00 UTC" if status != "running" else None,
    }
    return {
        "object_kind": "pipeline",
        "object_attributes": {**facts, **other},
        "project": PROJECT,
        "commit": {
            "id": SHA,
            "title": "Ask for the delivery day",
            "message": "Ask for the delivery day\n",
            "timestamp": "2026-11-02T09:00:00+01:00",
        },
    }
