"""Why a look-up does not stand for a paper."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class LookupExpired(Problem):
    """What a register said does not hold any more when the case is decided."""

    status = 409
    code = "lookup_expired"
    title = Text(
        "核验结果已失效，请申请人重新核验或上传材料", "What the register said no longer holds"
    )
