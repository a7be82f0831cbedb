"""What other rooms ask of certificates: issue one, and tell whether that was done.

Queries, the desk and verification are modules of their own.
"""

from chalicelib.certificates.service.issuing import Grant, issue, was_issued

__all__ = ["Grant", "issue", "was_issued"]
