"""What other rooms ask before somebody acts for another, and of what was done so."""

from chalicelib.mandates.service.acting import (
    Acting,
    acting_for,
    acting_for_parent,
    has_consent,
    is_disputed,
)
from chalicelib.mandates.service.display_names import (
    Names,
    acted_by,
    agents_to_tell,
    kind_of_actor,
    names_of,
    on_behalf_of,
    principals_of,
)
from chalicelib.mandates.service.scopes import Scope, first_matching, scope_of
from chalicelib.mandates.service.standing import holder_of, member_of, on_behalf, owner_of

__all__ = [
    "Acting",
    "Names",
    "Scope",
    "acted_by",
    "acting_for",
    "acting_for_parent",
    "agents_to_tell",
    "first_matching",
    "has_consent",
    "holder_of",
    "is_disputed",
    "kind_of_actor",
    "member_of",
    "names_of",
    "on_behalf",
    "on_behalf_of",
    "owner_of",
    "principals_of",
    "scope_of",
]
