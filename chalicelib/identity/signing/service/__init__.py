"""What rooms above ask: that an act was signed, by whom it must be, over what was shown."""

from chalicelib.identity.signing.service.requirement import Use, require, resetting

__all__ = ["Use", "require", "resetting"]
