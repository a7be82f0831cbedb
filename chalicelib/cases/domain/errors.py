"""Why something cannot be done with a case."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class CitizenLeaves(Exception):  # noqa: N818 - it states the fact.
    """The citizen is being erased, and lodges nothing more."""


class Incomplete(Problem):
    """Everything that is missing or wrong in an application, told at once."""

    status = 422
    code = "incomplete"
    title = Text("申请内容不完整，请一次性补齐以下各项", "The application is not complete")


class LodgedMeanwhile(Problem):
    """A phone and a counter lodge the same at once; `receipt_number` is what was lodged, if any."""

    status = 409
    code = "lodged_meanwhile"
    title = Text(
        "本人刚刚通过另一渠道提交了同一事项，请先查看",
        "The same was just lodged by another way: please look first",
    )


class AlreadyClaimed(Problem):
    """Another member of staff handles the case; `claimed_by` says who."""

    status = 409
    code = "already_claimed"
    title = Text("该办件已由他人领取", "Another member of staff handles this case")


class FeeUnpaid(Problem):
    """The step waits for the fee; `current` is the case's state, `payment_status` the fee's."""

    status = 409
    code = "fee_unpaid"
    title = Text("费用尚未缴清，缴费后方可办理此步骤", "The fee must be paid before this step")


class PartsOpen(Problem):
    """Parts of the case are not decided; `current` is the case's state, `parts` names them."""

    status = 409
    code = "parts_open"
    title = Text("还有部门未办结", "Some departments have not decided yet")


class OriginalsMissing(Problem):
    """The step waits for originals; `materials` names those that were not found right yet."""

    status = 409
    code = "originals_missing"
    title = Text("原件尚未核验", "The originals were not checked yet")
