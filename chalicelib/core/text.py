"""What people write and type: one reading of it for all rooms.

Text is kept in Unicode's form C (UAX 15), trimmed, without control characters (ISO/IEC 6429) and
without what turns the direction of its surroundings (UAX 9, overrides, embeddings and isolates);
what shows nothing counts as empty. Codes and numbers are read as they are meant: full-width, in
groups, in small letters.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_LAST_OF_PLANE: Final = 0xFFFE
# Letters and signs by their category that show nothing all the same: fillers of Hangul, the blank
# of Braille, a notehead that is not drawn, the blanks of hieroglyphs.
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159\U00013441\U00013442")
_NAME_SIGNS: Final = str.maketrans(
    {
        # All that is typed for the middle dot: GB 18030, Greek, Katakana, Latin, mathematics.
        **dict.fromkeys("\u0387\u2022\u2024\u2027\u2219\u22c5\u25cf\u2e31\u2e33\u30fb", "·"),
        **dict.fromkeys("\u318d\ua78f\ufe52\uff0e\uff65", "·"),
        **dict.fromkeys("\u2018\u2019\u02bc\u02b9\u201b\u2032\uff07", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"),
    }
)
_HAN: Final = "[\u3400-\u9fff\U00020000-\U000323af]"
# A full stop between Chinese characters is a dot that the keyboard lacks.
_STOP: Final = re.compile(rf"(?<={_HAN})\.(?={_HAN})")
_LONGEST_TYPED: Final = 100


class NotPlainError(ValueError):
    """What was written cannot be taken; the argument is the code of the reason."""


@dataclass(frozen=True, slots=True)
class Written:
    """Says of a field that a person wrote it: how it is read, and its length in characters."""

    read: Callable[[str], str]
    shortest: int
    longest: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Read after the type was checked."""
        from pydantic_core import core_schema  # noqa: PLC0415 - workers need only the readings.

        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> dict[str, Any]:
        """Document the length."""
        return {**handler(schema), "minLength": self.shortest, "maxLength": self.longest}

    def _checked(self, given: str) -> str:
        from pydantic_core import PydanticCustomError  # noqa: PLC0415 - as above.

        try:
            written = self.read(given)
        except NotPlainError as refused:
            raise PydanticCustomError(str(refused), "not a valid value") from refused
        if len(written) < self.shortest:
            raise PydanticCustomError("string_too_short", "too short")
        if len(written) > self.longest:
            raise PydanticCustomError("string_too_long", "too long")
        return written


def read_text(given: str, *, lines: bool = False) -> str:
    """Return text in its plain form, empty when nothing of it is visible; raises NotPlainError.

    Line breaks, of whatever kind, are kept as line feeds where `lines` lets them be.
    """
    plain = _LINE_ENDS.sub("\n", given.strip().lstrip("\ufeff")).replace("\t", " ")
    plain = unicodedata.normalize("NFC", plain.strip())
    if not all(_is_plain(c) or (lines and c == "\n") for c in plain):
        raise NotPlainError("not_plain_text")
    return plain if shows(plain) else ""


def shows(written: str) -> bool:
    """Tell whether anything of a text can be seen."""
    return any(map(_is_visible, written))


def read_name(given: str) -> str:
    """Return a person's name as its document has it; raises NotPlainError.

    The dot between the parts of a name is U+00B7 (GB 18030), the apostrophe U+0027 and the hyphen
    U+002D (ICAO 9303-3), however they were typed; blanks are single, and what cannot be seen is
    left out. A name without a letter is empty.
    """
    seen = "".join(c for c in read_text(given) if unicodedata.category(c) != "Cf")
    plain = _STOP.sub("·", " ".join(seen.translate(_NAME_SIGNS).split()))
    name = re.sub(r" ?· ?", "·", plain)
    return name if any(c.isalpha() and c not in _BLANKS for c in name) else ""


def read_label(given: str) -> str:
    """Return a short name of a thing as it is meant, full-width signs as plain ones."""
    return read_text(unicodedata.normalize("NFKC", given))


def read_code(given: str) -> str:
    """Return a typed code or number without its grouping: full-width, blanks, dashes, case."""
    # Capitals may fall apart into a letter and its marks, and form NFKC makes them whole again.
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", given).upper())
    return "".join(c for c in plain if not _is_grouping(c))


def read_phone(given: str) -> str:
    """Return a telephone number in digits, with `+` and the country where it is not 86."""
    digits = re.sub(r"[().]", "", read_code(given))
    return re.sub(r"^(\+86|0086)(?=1[3-9][0-9]{9}$)", "", re.sub(r"^00(?=[1-9])", "+", digits))


def text(longest: int, shortest: int = 1, *, lines: bool = False) -> Written:
    """Mark a field, `Annotated[str, ...]`, as written by people; of one line unless `lines`."""

    def read(given: str) -> str:
        return read_text(given, lines=lines)

    return Written(read, shortest, longest)


def typed(pattern: str, read: Callable[[str], str] = read_code) -> Written:
    """Mark a field as a code that people type; once read it has the form of `pattern`."""

    def checked(given: str) -> str:
        code = read(given)
        if not re.fullmatch(pattern, code):
            raise NotPlainError("string_pattern_mismatch")
        return code

    return Written(checked, 0, _LONGEST_TYPED)


# Passports have names of up to 50 characters (ICAO 9303 cuts the machine-readable ones at 39).
Name = Annotated[str, Written(read_name, 1, 50)]
Phone = Annotated[str, typed(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}", read_phone)]


def _is_plain(c: str) -> bool:
    nowhere = ord(c) & _LAST_OF_PLANE == _LAST_OF_PLANE
    return not nowhere and c not in _TURNS and unicodedata.category(c) not in _CONTROLS


def _is_visible(c: str) -> bool:
    return unicodedata.category(c)[0] in "LNPS" and c not in _BLANKS


def _is_grouping(c: str) -> bool:
    # A mark that stands alone is of an accent that was typed as a sign of its own.
    kind = unicodedata.category(c)
    return c.isspace() or kind in ("Pd", "Cf") or kind[0] == "M" or c == "\u2212"
