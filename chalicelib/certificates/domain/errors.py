"""Why something cannot be done with a certificate."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class CertificateNotValid(Problem):
    """Only a valid certificate is shown."""

    status = 409
    code = "certificate_not_valid"
    title = Text("证照当前无效，不能出示", "The certificate is not valid and cannot be shown")
