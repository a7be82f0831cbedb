"""Citizens whose papers a courier fetches, and what the courier was asked."""

import hashlib
from collections import Counter
from typing import Any, Final

import httpx

from tests.support.people import id_number
from tests.support.visitors import SERVICE, Unanswered, Visitor, Write

_PAPER: Final = b"%PDF-1.7\n" + b"a paper" * 20
_ADDRESS: Final = {
    "name": "林晓",
    "phone": "13805741234",
    "division_code": "330203",
    "detail": "中山西路 10 号 302 室",
}


class Sender(Visitor):
    """A citizen with one case, for which a courier is asked to come."""

    @property
    def case_id(self) -> str:
        """Return the case's id once its lodging was answered."""
        return self._id_of("/v1/cases", "case_id")

    @property
    def delivery_id(self) -> str:
        """Return the delivery's id once it was answered."""
        return self._id_of("/v1/deliveries", "delivery_id")

    @property
    def events(self) -> Counter[tuple[str, str]]:
        """Return the subject and type of what should be in the inbox."""
        return Counter([(self.case_id, "case.submitted")] if self.case_id else [])

    def send(self, office_id: str) -> None:
        """Lodge a case and ask for its papers to be fetched; raises Unanswered."""
        self._sent("PUT", "/v1/me/identity", {"name": "林晓", "id_number": id_number()}, {})
        self.log_in()
        guide = self.look(f"/v1/services/{SERVICE}")
        fields = guide["form_schema"]["properties"]
        case = {
            "service_id": SERVICE,
            "office_id": office_id,
            "form": {name: field["examples"][0] for name, field in fields.items()},
            "materials": [
                {"material_id": paper["material_id"], "upload_id": self._upload()}
                for paper in guide["materials"]
                if paper["required"]
            ],
        }
        self._write(Write("/v1/cases", case))
        wanted = {"case_id": self.case_id, "direction": "to_office", "address": _ADDRESS}
        self._write(Write("/v1/deliveries", wanted))

    def asked(self) -> list[dict[str, Any]]:
        """Return what the courier was asked of the delivery."""
        shown = self._sent("GET", "/stand-ins/courier/messages", None, {})["items"]
        return [one for one in shown if one["delivery_id"] == self.delivery_id]

    def _upload(self) -> str:
        body = {
            "file_name": "paper.pdf",
            "size": len(_PAPER),
            "sha256": hashlib.sha256(_PAPER).hexdigest(),
        }
        given = self._sent("POST", "/v1/uploads", body, {})
        try:
            put = self._http.put(given["url"], content=_PAPER, headers=given["headers"])
        except httpx.TransportError as error:
            raise Unanswered from error
        if not put.is_success:
            raise Unanswered
        return str(given["upload_id"])

    def _id_of(self, path: str, name: str) -> str:
        answers = [one.answer for one in self.writes if one.path == path and one.answer]
        return str(answers[0][name]) if answers else ""
