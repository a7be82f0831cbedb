"""The routes of factors and signatures."""

from chalicelib.identity.signing.api import authenticators, factors, signatures

__all__ = ["authenticators", "factors", "signatures"]
