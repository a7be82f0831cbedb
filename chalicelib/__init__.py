"""OneTrip (一次办): the backend of a city's government services in a mini-program."""

from typing import Final

VERSION: Final = "0.1.0"
