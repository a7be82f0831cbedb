"""What two members of staff do about a person: correct who it is, note a death, end log-ins.

Who lost the factors that they sign by has them taken away, so that they set up the first one anew.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.four_eyes import Word
from chalicelib.core.i18n import Text

PersonAct = Literal["correct", "death", "undo_death", "sign_out", "reset_factors"]
PERSON_ACTS: Final[tuple[PersonAct, ...]] = get_args(PersonAct)


class AccountClosed(Problem):
    """The person has died."""

    status = 403
    code = "account_closed"
    title = Text(
        "该账号已关闭。如有疑问，请带证件到大厅",
        "This account is closed; if that is wrong, bring your document to a hall",
    )


class NumberTaken(Problem):
    """Another account is of record of the person with this number."""

    status = 409
    code = "number_taken"
    title = Text("该证件号码已有另一个主账号", "Another account has this number already")


@dataclass(frozen=True, slots=True)
class StaffAct:
    """What a first person asked for last, by the attempt `asked_in`; done by that of `done_in`.

    `former` is the person as whom the citizen was known before a number was corrected.
    """

    word: Word
    asked_in: str
    done_in: str = ""
    former: str = ""

    @property
    def pending(self) -> Word | None:
        """Return the word to which another must agree."""
        return None if self.done_in else self.word

    @property
    def act(self) -> PersonAct:
        """Return what was asked for, whatever its details are."""
        return act_of(self.word.act)


def act_of(said: str) -> PersonAct:
    """Return the act that a word is for: it may go on with a digest of its details."""
    name = said.partition("#")[0]
    return next(act for act in PERSON_ACTS if act == name)


def check_act(act: PersonAct, *, deceased: bool) -> bool:
    """Tell whether an act is left to do; raises WrongStatus where it cannot be done.

    A death is noted once, and taken back where there is one; the dead are left alone.
    """
    if act == "death":
        return not deceased
    if deceased is not (act == "undo_death"):
        raise WrongStatus(current="deceased" if deceased else "living")
    return True
