"""Cases for tests: lodged by people whose identity is verified."""

from collections.abc import Iterable
from typing import Any

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from tests.support.client import Answer, ApiClient
from tests.support.forms import example
from tests.support.people import Citizen, id_number, log_in, log_in_staff, new_code

HALL = "hall-330200"
SERVICE = "no-criminal-record"


def verified(client: ApiClient) -> Citizen:
    """Return a citizen whose identity is verified, logged in anew."""
    code = new_code()
    verify(client, log_in(client, code))
    return log_in(client, code)


def verify(client: ApiClient, who: Citizen) -> None:
    """Verify a citizen's identity; the log-in at hand does not know it yet."""
    body = {"name": "王小明", "id_number": id_number()}
    assert client.put("/v1/me/identity", body, token=who.token).status == 200
    have_papers(who)


def have_papers(who: Citizen) -> None:
    """Let a citizen have files that were verified before: `upload-` and a material's id."""
    from chalicelib.cases.uploads import storage
    from chalicelib.catalogue import service as catalogue
    from chalicelib.identity import service as identity

    key = identity.key_of(who.citizen_id)
    services = catalogue.current().services.values()
    names = {f"upload-{m.material_id}" for service in services for m in service.materials}
    with storage._Upload.batch_write() as batch:
        for name in sorted(names | {"upload-new"}):
            batch.save(
                storage._Upload(
                    f"U#{who.citizen_id}",
                    name,
                    file_name=key.seal(f"{name}/file_name", "paper.pdf"),
                    content_type="application/pdf",
                    size=1,
                    sha256="0" * 64,
                    created=0,
                    fingerprint="",
                    verified=True,
                )
            )


def form_of(service: str, *, only_required: bool = True) -> dict[str, Any]:
    """Fill in a service's form, each field by its first example."""
    from chalicelib.catalogue import service as catalogue
    from chalicelib.catalogue.domain import forms
    from chalicelib.core.clock import office_time

    today = office_time(dependencies.clock().now()).date()
    return example(
        forms.localized_schema(catalogue.service(service), "en", today), whole=not only_required
    )


def application(service: str = SERVICE, **extra: Any) -> dict[str, Any]:
    """Return what lodging takes: a whole form, and all materials that are required."""
    from chalicelib.catalogue import service as catalogue

    required = [m.material_id for m in catalogue.service(service).materials if m.required]
    return {
        "service_id": service,
        "office_id": HALL,
        "form": form_of(service),
        "materials": [{"material_id": one, "upload_id": f"upload-{one}"} for one in required],
        **extra,
    }


def lodge(
    client: ApiClient, who: Citizen, key: str | None = None, service: str = SERVICE, **extra: Any
) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/cases", application(service, **extra), token=who.token, headers=headers)


def worker(client: ApiClient, role: str = "clerk", hall: str = HALL) -> str:
    """Return the token of a member of staff of a hall."""
    return worker_of(client, role, {hall})


def city_worker(client: ApiClient, role: str = "supervisor") -> str:
    """Return the token of a member of staff of all halls."""
    from chalicelib.catalogue import service as catalogue

    return worker_of(client, role, catalogue.current().offices)


def worker_of(client: ApiClient, role: str, halls: Iterable[str]) -> str:
    """Return the token of a member of staff of some halls."""
    name = new_code()
    staff.add_staff(name, "onetrip-demo", frozenset({role}), frozenset(halls))
    return log_in_staff(client, name)


def take(
    client: ApiClient, token: str, case_id: str, step: str, key: str | None = None, **said: Any
) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    path = f"/v1/admin/cases/{case_id}/{step}"
    return client.post(path, said, token=token, headers=headers)


def pay_fee(case_id: str) -> None:
    """Let a case learn that its fee was paid, as from the payments' events."""
    from chalicelib.cases import service, storage

    case = storage.load(case_id)
    assert case
    service.note_payment(case_id, f"{case_id}pay.2", case.lodged_at, lambda: "paid")


def second_person(case_id: str) -> str:
    """Return the token of another supervisor of a case's hall: who accepts does not approve."""
    from chalicelib.cases import service

    hall = service.load(case_id).office_id
    who = Staff(new_code(), frozenset({"supervisor"}), frozenset({hall}))
    return dependencies.tokens().issue(who, dependencies.clock().now())


def walk(
    client: ApiClient, token: str, case_id: str, *steps: str, second: str | None = None
) -> None:
    """Take steps that must all succeed, `approve` by a second person."""
    for step in steps:
        said: dict[str, Any] = {"note": "理由"} if step in ("decline", "reject") else {}
        if step == "request-correction":
            said = {"items": [{"pointer": "/form/contact_phone", "detail": "请写明电话"}]}
        by = (second or second_person(case_id)) if step == "approve" else token
        answer = take(client, by, case_id, step, **said)
        assert answer.status == 200, answer.body
