"""Why something cannot be done with an enquiry."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class AlreadyExtended(Problem):
    """A deadline is extended once."""

    status = 409
    code = "already_extended"
    title = Text("办理期限只能延长一次", "The deadline has been extended once already")


class DeadlinePassed(Problem):
    """A deadline is extended before it passes."""

    status = 409
    code = "deadline_passed"
    title = Text("已超过办理期限，不能再延期", "The deadline has passed and cannot be extended")


class NotPublishable(Problem):
    """Only answers to questions are published: other kinds speak of what happened to somebody."""

    status = 409
    code = "not_publishable"
    title = Text("只能公开咨询的答复", "Only answers to questions are published")


class ReopenedTooOften(Problem):
    """A supervisor has answered the last reopening."""

    status = 409
    code = "reopened_too_often"
    title = Text("已由主管答复，不能再次提出异议", "A supervisor has answered it for good")
