"""Why something cannot be done with a certificate."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class NotReady(Problem):
    """The document is being made, which takes seconds."""

    status = 409
    code = "not_ready"
    title = Text("证照文件正在制作，请稍候", "The document is being made; wait a moment")


class CertificateNotValid(Problem):
    """Only a valid certificate is shown, or stands for a paper when that is decided."""

    status = 409
    code = "certificate_not_valid"
    title = Text("证照当前无效", "The certificate is not valid")
