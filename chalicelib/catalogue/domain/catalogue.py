"""All that the guide shows in one version, with what is worked out from it once."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from chalicelib.catalogue.domain.departments import Department
from chalicelib.catalogue.domain.offices import Group, Office, group_of
from chalicelib.catalogue.domain.quotas import Quota
from chalicelib.catalogue.domain.services import Service


@dataclass(frozen=True)
class Catalogue:
    """All services and halls of one version."""

    version: str
    services: Mapping[str, Service]
    offices: Mapping[str, Office]

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        """Return the departments that decide something, in the order of their ids."""
        found = {
            department.department_id: department
            for service in self.services.values()
            for department in service.departments
        }
        return dict(sorted(found.items()))

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], Group]:
        """Return the counter groups by hall and category."""
        services = tuple(self.services.values())
        return {
            (office.office_id, category): group
            for office in self.offices.values()
            for category in office.counters
            if (group := group_of(office, category, services))
        }

    @cached_property
    def drawn(self) -> Mapping[str, Mapping[str, Quota]]:
        """Return what is drawn for services alone, by service and hall; none has no line."""
        found: dict[str, dict[str, Quota]] = {}
        for (office_id, _), group in self.groups.items():
            for quota in group.quotas:
                if quota.draw:
                    found.setdefault(quota.service_id, {}).setdefault(office_id, quota)
        return found


@dataclass(frozen=True, slots=True)
class Timeline:
    """The catalogue of one version, and what becomes of it at each moment that it `begins`."""

    version: str
    begins: tuple[datetime, ...]
    catalogues: tuple[Catalogue, ...]

    def at(self, moment: datetime) -> Catalogue:
        """Return the catalogue that holds at a moment."""
        return self.catalogues[bisect_right(self.begins, moment)]
