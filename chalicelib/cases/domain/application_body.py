"""What was applied for: the form, the papers and what stands for them, and where things go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A material of an application and the upload that was given for it."""

    material_id: str
    upload_id: str


@dataclass(frozen=True, slots=True)
class GivenCertificate:
    """A material of an application, and one's own certificate that stands for it."""

    material_id: str
    certificate_id: str


@dataclass(frozen=True, slots=True)
class GivenLookup:
    """A material of an application, and one's own look-up in a register that stands for it."""

    material_id: str
    lookup_id: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel is fetched or brought; `division_code` has 6 or 12 digits."""

    name: str
    phone: str
    division_code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Body:
    """What was applied for: `form` and addresses are sealed under the citizen's key.

    `certificates` and `lookups` stand for materials of which no file was given. Originals are
    fetched at `pickup`.
    """

    form: str | None
    materials: tuple[Attachment, ...] = ()
    delivery: str | None = None
    certificates: tuple[GivenCertificate, ...] = ()
    pickup: str | None = None
    lookups: tuple[GivenLookup, ...] = ()
