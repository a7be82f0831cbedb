"""The route of departments, for everyone."""

from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.views import CACHED_SECONDS
from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, WholeList
from chalicelib.core.routes import Routes

routes: Final = Routes("catalogue")


class DepartmentView(BodyModel):
    """A department that decides something."""

    department_id: str
    name: str


class DepartmentList(WholeList):
    """All departments, in the order of their ids."""

    items: list[DepartmentView]


@routes.get(
    "/v1/departments",
    auth=auth.public,
    response=DepartmentList,
    cacheable_seconds=CACHED_SECONDS,
)
def departments(request: Request[QueryModel]) -> DepartmentList:
    """List the departments that decide something."""
    items = [
        DepartmentView(department_id=one.department_id, name=one.name.in_language(request.lang))
        for one in catalogue.departments()
    ]
    return DepartmentList(items=items)
