"""Documents: sealed by a worker, verified by others, unreadable once their holder is erased."""

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from chalicelib.certificates import storage
from chalicelib.certificates.service import documents, queries
from chalicelib.core import dependencies, events
from tests.certificates.world import issued
from tests.support.cases import verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.functions import work
from tests.support.people import Citizen


def apart(act: Callable[[], Any]) -> Any:
    """Act in a thread of its own: sealing runs an event loop, and a browser may run one in this."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def seal(certificate: dict[str, Any]) -> None:
    for entry in storage.load_entries(certificate["verification_code"]):
        event, now = events.of_entry(entry), dependencies.clock().now()
        apart(partial(work, "seal_documents", event, now))


def document(client: ApiClient, who: Citizen, certificate_id: str) -> Answer:
    path = f"/v1/me/certificates/{certificate_id}/document"
    return client.get(path, token=who.token, headers={"Accept": "application/pdf"})


def made(client: ApiClient, who: Citizen, service: str = "residence-permit") -> bytes:
    certificate = issued(client, who, service)
    seal(certificate)
    answer = document(client, who, certificate["certificate_id"])
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/pdf"
    return bytes(answer.body)


def verdict(data: bytes) -> Any:
    """Validate the seal as a reader does that trusts its certificate."""
    _, _, der = pem.unarmor(dependencies.secret("seal_certificate").encode())
    root = x509.Certificate.load(der)
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    [signature] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    return apart(lambda: validate_pdf_signature(signature, context))


def test_it_is_not_ready_until_a_worker_has_made_it(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    certificate = issued(client, me)
    waiting = document(client, me, certificate["certificate_id"])
    assert (waiting.status, waiting.code) == (409, "not_ready")
    assert 1 <= int(waiting.headers["retry-after"]) <= 10
    seal(certificate)
    first = document(client, me, certificate["certificate_id"])
    assert first.status == 200
    # Made once, however often it is asked for.
    seal(certificate)
    assert document(client, me, certificate["certificate_id"]).body == first.body
    assert document(client, verified(client), certificate["certificate_id"]).status == 404


def test_a_strangers_reader_verifies_the_seal(client: ApiClient, morning: TestClock) -> None:
    status = verdict(made(client, verified(client)))
    assert status.bottom_line
    assert status.intact
    assert status.valid
    assert status.docmdp_ok
    assert "ENTIRE_FILE" in str(status.coverage)


def test_any_change_breaks_the_seal(client: ApiClient, morning: TestClock) -> None:
    data = bytearray(made(client, verified(client)))
    gap = re.search(rb"/ByteRange ?\[ ?0 (\d+) (\d+) (\d+)", data)
    assert gap
    before, after = int(gap[1]), int(gap[2])
    for at in (before // 3, before // 2, after + 20):
        changed = bytearray(data)
        changed[at] ^= 1
        try:
            status = verdict(bytes(changed))
        except Exception:  # noqa: BLE001 - it may not be a PDF any more.
            continue
        assert not status.bottom_line


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_a_reader_that_is_not_from_python_verifies_it(
    client: ApiClient, morning: TestClock, tmp_path: Path
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(made(client, verified(client)))
    said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


@pytest.mark.parametrize("name", ["王小明", "阿依古丽·买买提", "𠮷田"])
def test_names_are_shown_and_attached_as_they_are(
    client: ApiClient, morning: TestClock, name: str
) -> None:
    certificate = queries.find(issued(client, verified(client))["certificate_id"])
    assert certificate
    content = queries.opened(certificate).content
    assert content
    fields = {**content.fields, "name": name}
    page = documents.drawn(certificate, type(content)(content.holders, fields))
    attached = PdfFileReader(io.BytesIO(page)).root["/Names"]["/EmbeddedFiles"]["/Names"][1]
    stream = attached["/EF"]["/F"]
    assert json.loads(stream.data)["fields"]["name"] == name
    assert documents._shown(name) == name.replace("𠮷", "〓")


def test_an_erased_holders_document_is_gone(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    certificate = issued(client, me)
    seal(certificate)
    walk(client, worker(client), certificate["case_id"], "complete")
    assert client.delete("/v1/me", token=me.token).status == 204
    assert storage.load_document(certificate["verification_code"]) is None
    # An event that comes late makes none.
    seal(certificate)
    assert storage.load_document(certificate["verification_code"]) is None


def test_what_is_kept_is_sealed(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    certificate = issued(client, me)
    seal(certificate)
    kept = storage.load_document(certificate["verification_code"])
    assert kept
    assert not kept.startswith(b"%PDF")


def test_the_api_does_not_import_what_signs() -> None:
    code = "import sys, chalicelib.certificates.api; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyhanko", "fpdf", "fontTools"} & set(done.stdout.split())
