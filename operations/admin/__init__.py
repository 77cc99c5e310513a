"""Catalogues are edited here, with their versions; what moves by a workflow is only shown."""

from operations.admin import alerts, daily, heartbeats, on_call, reference

__all__ = ["alerts", "daily", "heartbeats", "on_call", "reference"]
