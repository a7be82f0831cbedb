"""The deadlines of enquiries, by the settings."""

from datetime import datetime

from chalicelib.catalogue import service as catalogue
from chalicelib.core.settings import SETTINGS
from chalicelib.enquiries.domain import Kind
from chalicelib.enquiries.domain import deadlines as rules


def due(kind: Kind, office_id: str, at: datetime) -> datetime:
    """Return until when a hall answers what came in at a time."""
    limits = {
        "question": SETTINGS.question_days,
        "complaint": SETTINGS.complaint_days,
        "other": SETTINGS.enquiry_days,
    }
    return rules.due(kind, limits, catalogue.current().offices.get(office_id), at)
