"""The table `catalogue`.

| what | pk | sk |
|---|---|---|
| the current version's name | CURRENT | - |
| a hall's history | CURRENT | E#office#seq |
| a service of a version | V#version | S#place |
| a hall of a version | V#version | O#place |
| how often a day's searches found nothing | M#month | day#words |
| the draft of a service | D#service | draft |
| the history of a service | D#service | E#seq |
| what the desk published of a service | D#service | V#number |
| a service as it was, for cases under way | R#service | revision |

A new version is written whole under its own key, then the name is changed: a reader sees one or the
other. What the desk publishes changes the name, ends the draft and tells its history in one
transaction. Reads: by key, a version by one consistent Query. No index. What few ask for is in
modules of its own: `drafts`, `search_misses`.
"""

from chalicelib.catalogue.storage.versions import (
    Unreachable,
    current_base,
    current_version,
    load,
    load_entries,
    load_revision,
    publish,
    publish_change,
)

__all__ = [
    "Unreachable",
    "current_base",
    "current_version",
    "load",
    "load_entries",
    "load_revision",
    "publish",
    "publish_change",
]
