"""What other rooms ask of certificates: issue one, tell its id, and whether that was done.

Queries, the desk and verification are modules of their own.
"""

from chalicelib.certificates.service.issuing import Grant, id_for, issue, was_issued

__all__ = ["Grant", "id_for", "issue", "was_issued"]
