"""Alerts as staff list them."""

from typing import Any

from tests.support.client import ApiClient


def listed(
    client: ApiClient, token: str, query: str = "", limit: int = 100
) -> list[dict[str, Any]]:
    """Return all alerts of all pages."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/admin/alerts?limit={limit}{query}{cursor}", token=token).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def about(client: ApiClient, token: str, subject: str, query: str = "") -> list[dict[str, Any]]:
    return [alert for alert in listed(client, token, query) if alert["subject_id"] == subject]
