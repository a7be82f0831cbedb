"""Cases as their citizens and other rooms see them."""

from collections.abc import Iterator

from chalicelib.cases import storage
from chalicelib.cases.domain import Address, Case, CaseFile
from chalicelib.cases.service import encryption
from chalicelib.core import pagination, parallel
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.mandates.service import Scope, first_matching

_PAGE = 100


def load(case_id: str) -> Case:
    """Return a case with its sealed address; raises NotFound."""
    case_and_body = storage.load_with_body(case_id)
    if case_and_body is None:
        raise NotFound
    return case_and_body[0]


def mine(citizen_id: str, case_id: str) -> Case:
    """Return the citizen's own case; raises NotFound."""
    if not case_id.startswith(citizen_id):
        raise NotFound
    return load(case_id)


def show(citizen_id: str, case_id: str) -> CaseFile:
    """Return all of the citizen's own case; raises NotFound."""
    file = storage.load_file(case_id) if case_id.startswith(citizen_id) else None
    if file is None:
        raise NotFound
    return file


def list_covered(scope: Scope, position: str | None, limit: int) -> Page[CaseFile]:
    """Return a page of the cases that a scope covers, newest first."""
    return first_matching(
        lambda after: list_mine(scope.owner, after, limit),
        lambda file: scope.covers(file.case.case_id, file.case.for_member),
        position,
    )


def list_mine(citizen_id: str, position: str | None, limit: int) -> Page[CaseFile]:
    """Return the citizen's cases, newest first: one Query for the page, and one for each."""
    page = storage.list_of(citizen_id, position, limit)
    files = parallel.map_concurrently(storage.load_file, page.items)
    return Page(tuple(file for file in files if file), page.next_position)


def delivery_address(case_id: str) -> Address | None:
    """Return where the result is to be brought, in clear; raises NotFound."""
    case = load(case_id)
    return encryption.open_address(case_id, case.wanted_delivery)


def pickup_address(case_id: str) -> Address | None:
    """Return where the originals are to be fetched, in clear; raises NotFound."""
    case_and_body = storage.load_with_body(case_id)
    if case_and_body is None:
        raise NotFound
    return encryption.open_pickup(case_id, case_and_body[1].pickup)


def all_of(citizen_id: str) -> Iterator[CaseFile]:
    """Return all cases of a citizen, newest first."""
    return pagination.every(lambda position: list_mine(citizen_id, position, _PAGE))
