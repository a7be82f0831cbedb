import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from chalicelib.anchors.service import heads
from chalicelib.appointments.storage._records import (
    AppointmentRecord,
    HistoryRecord,
    appointment_keys,
)
from chalicelib.catalogue import service as catalogue
from chalicelib.core import audit, dependencies, history
from chalicelib.core.anchoring import Leaf
from chalicelib.core.auth import Staff
from chalicelib.core.event_types import EventType
from chalicelib.core.history import Finding, Head
from tests.anchors.world import night
from tests.appointments.world import HALL, book, new_slot
from tests.support import functions
from tests.support.cases import lodge, verified
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import auditor, log_in, new_code


def moved_twice(client: ApiClient) -> str:
    me = log_in(client)
    made = book(client, me, new_slot(), service="id-card-renewal").json()["appointment_id"]
    for slot in (new_slot(), new_slot()):
        path = f"/v1/appointments/{made}/reschedule"
        assert client.post(path, {"slot_id": slot}, token=me.token).status == 200
    return str(made)


def raw(appointment_id: str, seq: int) -> Any:
    pk, _ = appointment_keys(appointment_id)
    return HistoryRecord.get(pk, f"E#{appointment_id}#{seq:06}")


def alter(subject: str) -> None:
    raw(subject, 2).update([HistoryRecord.actor.set("somebody else")])


def leave_out(subject: str) -> None:
    raw(subject, 2).delete()


def cut_the_end(subject: str) -> None:
    raw(subject, 3).delete()


def swap(subject: str) -> None:
    second, third = raw(subject, 2), raw(subject, 3)
    second.sk, third.sk = third.sk, second.sk
    second.save()
    third.save()


def add(subject: str) -> None:
    extra = raw(subject, 3)
    extra.sk = f"E#{subject}#000004"
    extra.save()


@pytest.mark.parametrize(
    ("tamper", "seq", "reason"),
    [
        (alter, 2, "altered"),
        (leave_out, 2, "left_out"),
        (cut_the_end, 3, "left_out"),
        (swap, 2, "swapped"),
        (add, 4, "added"),
    ],
)
def test_what_was_done_to_the_table_is_found(
    client: ApiClient, morning: TestClock, tamper: Any, seq: int, reason: str
) -> None:
    token, subject = auditor(client, HALL), moved_twice(client)
    path = f"/v1/admin/audit/{subject}/verify"
    whole = client.get(path, token=token).json()
    assert whole == {"whole": True, "entries": 3, "first_bad_seq": None, "reason": None}
    tamper(subject)
    found = client.get(path, token=token).json()
    assert (found["whole"], found["first_bad_seq"], found["reason"]) == (False, seq, reason)


def test_an_auditor_of_another_hall_finds_nothing(client: ApiClient, morning: TestClock) -> None:
    subject = moved_twice(client)
    far = auditor(client, "hall-330203")
    assert client.get(f"/v1/admin/audit/{subject}", token=far).status == 404
    assert client.get("/v1/admin/audit/nothing", token=far).status == 404


def offline(folder: Path, export: Any, keys: Any) -> tuple[int, str]:
    (folder / "export.json").write_text(json.dumps(export))
    (folder / "keys.json").write_text(json.dumps(keys))
    command = [sys.executable, "-m", "chalicelib.core.audit", "export.json", "keys.json"]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def anchored(subject: str) -> None:
    heads.collect([Leaf(one.subject, one.seq, one.hash) for one in audit_of(subject).entries])
    functions.run("anchor_heads", night())


def audit_of(subject: str) -> audit.SubjectHistory:
    kept = audit.find(subject)
    assert kept
    return kept


def rewrite(subject: str) -> None:
    """Write the chain anew with other facts, and its end, as somebody with the tables can."""
    head = Head()
    for old in audit_of(subject).entries:
        made = history.append(
            subject,
            head,
            type_=cast("EventType", old.type),
            at=datetime.fromisoformat(old.at),
            actor="staff:nobody",
            data=old.data,
            salt=old.salt,
        )
        record = raw(subject, old.seq)
        record.update(
            [
                getattr(HistoryRecord, n).set(getattr(made, n))
                for n in ("actor", "prev_hash", "hash")
            ]
        )
        head = made.head
    appointment = AppointmentRecord.get(*appointment_keys(subject))
    appointment.update([AppointmentRecord.hash.set(head.hash)])


def test_a_chain_that_was_rewritten_with_its_end_is_found_by_the_anchor(
    client: ApiClient, morning: TestClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, subject = auditor(client, HALL), moved_twice(client)
    path = f"/v1/admin/audit/{subject}"
    anchored(subject)
    anchors = client.get("/v1/anchors").json()
    assert client.get(f"{path}/verify?anchor=true", token=token).json()["whole"] is True
    files = [tmp_path / name for name in ("export.json", "keys.json", "anchors.json")]

    def command() -> tuple[int, str]:
        export = client.get(path, token=token).json()
        for file, content in zip(
            files, (export, client.get("/v1/keys").json(), anchors), strict=True
        ):
            file.write_text(json.dumps(content))
        code = audit.main([str(files[0]), str(files[1]), "--anchor", str(files[2])])
        return code, "".join(capsys.readouterr())

    assert command() == (0, f"whole: 3 entries of {subject}\n")
    rewrite(subject)
    # Without an anchor nothing is to be seen.
    assert client.get(f"{path}/verify", token=token).json()["whole"] is True
    found = client.get(f"{path}/verify?anchor=true", token=token).json()
    assert (found["whole"], found["first_bad_seq"], found["reason"]) == (False, 3, "rewritten")
    assert command() == (1, "not whole: entry 3 was rewritten\n")
    anchors["items"][0]["root"] = "00"
    assert command()[0] == 2
    anchors["items"] = []
    assert command() == (2, "cannot verify: no anchor given covers this history\n")
    anchors["items"] = [{}]
    assert command() == (2, "cannot verify: these are no anchors\n")


def test_an_export_is_verified_offline(
    client: ApiClient, morning: TestClock, tmp_path: Path
) -> None:
    token, subject = auditor(client, HALL), moved_twice(client)
    export = client.get(f"/v1/admin/audit/{subject}", token=token).json()
    keys = client.get("/v1/keys").json()
    assert offline(tmp_path, export, keys) == (0, f"whole: 3 entries of {subject}\n")
    export["items"][1]["data"]["slot"] = "elsewhere"
    assert offline(tmp_path, export, keys) == (1, "not whole: entry 2 was altered\n")


def test_the_command_says_what_it_found(
    client: ApiClient, morning: TestClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, subject = auditor(client, HALL), moved_twice(client)
    export = client.get(f"/v1/admin/audit/{subject}", token=token).json()
    files = [str(tmp_path / name) for name in ("export.json", "keys.json")]
    Path(files[1]).write_bytes(client.get("/v1/keys").body)

    def said(export: Any) -> tuple[int, str]:
        Path(files[0]).write_text(json.dumps(export))
        code = audit.main(files)
        return code, "".join(capsys.readouterr())

    assert said(export) == (0, f"whole: 3 entries of {subject}\n")
    cut = {**export, "items": export["items"][:-1]}
    assert said(cut) == (1, "not whole: entry 3 was left_out\n")
    not_genuine = "cannot verify: the proof of this export is not genuine\n"
    for forged in ({**export, "proof": "a.b.c"}, {}):
        assert said(forged) == (2, not_genuine)
    assert audit.main([files[0], str(tmp_path / "none")]) == 2
    with pytest.raises(SystemExit, match="2"):
        audit.main(files[:1])


def test_the_end_of_an_export_cannot_be_cut(client: ApiClient, morning: TestClock) -> None:
    token, subject = auditor(client, HALL), moved_twice(client)
    export = client.get(f"/v1/admin/audit/{subject}", token=token).json()
    keys = client.get("/v1/keys").json()
    shorter = {**export, "items": export["items"][:-1], "head": {"seq": 2, "hash": "x"}}
    assert audit.verify_export(shorter, keys) == Finding(3, "left_out")
    with pytest.raises(ValueError, match="not genuine"):
        audit.verify_export({**export, "proof": token}, keys)


def seen_by(client: ApiClient, subject: str, *halls: str) -> set[int]:
    """Return how both routes of a history answer an auditor of these halls."""
    caller = Staff(new_code(), frozenset({"auditor"}), frozenset(halls))
    token = dependencies.tokens().issue(caller, dependencies.clock().now())
    paths = (f"/v1/admin/audit/{subject}", f"/v1/admin/audit/{subject}/verify")
    return {client.get(path, token=token).status for path in paths}


@pytest.mark.parametrize("link", ["booked", "cancelled", "lodged", "erased"])
def test_an_account_is_audited_where_its_citizen_was(
    client: ApiClient, morning: TestClock, link: str
) -> None:
    me, other, city = verified(client), log_in(client), catalogue.current().offices
    assert seen_by(client, me.citizen_id, HALL) == {404}
    if link == "lodged":
        assert lodge(client, me).status == 201
    else:
        made = book(client, me, new_slot()).headers["location"]
        if link == "cancelled":
            assert client.post(f"{made}/cancel", {}, token=me.token).status == 200
        if link == "erased":
            assert client.delete("/v1/me", token=me.token).status == 204
    assert seen_by(client, me.citizen_id, HALL) == {200}
    assert seen_by(client, me.citizen_id, HALL, "hall-330203") == {200}
    assert seen_by(client, me.citizen_id, "hall-330203") == {404}
    assert seen_by(client, me.citizen_id, *(set(city) - {HALL})) == {404}
    assert seen_by(client, me.citizen_id, *city) == {200}
    # Who was nowhere yet is for those who audit the whole city.
    assert seen_by(client, other.citizen_id, *city) == {200}
    assert seen_by(client, other.citizen_id, *(set(city) - {HALL})) == {404}
    assert seen_by(client, other.citizen_id) == {404}


def test_a_citizen_sees_the_looks_of_auditors(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    booked = book(client, me, new_slot()).json()["appointment_id"]
    case = lodge(client, me).json()["case_id"]
    subjects = (me.citizen_id, booked, case)
    caller = Staff(new_code(), frozenset({"auditor"}), frozenset({HALL}))
    token = dependencies.tokens().issue(caller, dependencies.clock().now())

    def looks() -> list[tuple[str, str, str]]:
        items = client.get("/v1/me/accesses", token=me.token).json()["items"]
        return [(one["staff_id"], one["reason"], one["what"]) for one in items]

    for subject in subjects:
        # A verdict tells nothing of the citizen, and who is refused has seen nothing.
        assert client.get(f"/v1/admin/audit/{subject}/verify", token=token).json()["whole"]
        assert seen_by(client, subject, "hall-330203") == {404}
    assert client.get(f"/v1/admin/audit/{HALL}", token=token).status == 200
    assert looks() == []
    for subject in subjects:
        assert client.get(f"/v1/admin/audit/{subject}", token=token).status == 200
    expected = {(caller.staff_id, "audit", f"history:{subject}") for subject in subjects}
    assert set(looks()) == expected
    assert len(looks()) == len(subjects)


@pytest.mark.parametrize(
    "subject",
    ["", "x", "a" * 8, "a" * 16, "a" * 20, "a" * 24, "staff:nobody", "nobody--12345678", "hall-0"],
)
def test_what_no_room_knows_has_no_history(client: ApiClient, subject: str) -> None:
    assert audit.find(subject) is None
