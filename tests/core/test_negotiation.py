import pytest

from chalicelib.core.negotiation import media_type

OFFERED = ("application/json", "image/png", "image/svg+xml")


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("IMAGE/PNG", "image/png"),
        ("image/*", "image/png"),
        ("image/png;q=0.1, image/svg+xml", "image/svg+xml"),
        ("image/png;q=0, application/json;q=0.2", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", "image/svg+xml"),
        ("application/json;q=0, */*", "image/png"),
        ("image/png;q=nan, image/svg+xml;q=0.1", "image/svg+xml"),
        ("text/html", None),
        ("*/*;q=0", None),
        (";;,,q=1", None),
    ],
)
def test_the_media_type_that_is_preferred(accept: str | None, best: str | None) -> None:
    assert media_type(accept, OFFERED) == best
