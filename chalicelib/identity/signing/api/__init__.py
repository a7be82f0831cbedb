"""The routes of factors and signatures."""

from chalicelib.identity.signing.api import authenticators, factors, signatures, soter

__all__ = ["authenticators", "factors", "signatures", "soter"]
