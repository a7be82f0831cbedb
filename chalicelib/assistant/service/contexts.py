"""What was talked about, sealed for who asks the next question: signed, good for 30 minutes."""

import json
from datetime import datetime, timedelta
from typing import Final

from chalicelib.assistant.domain.answers import Context
from chalicelib.assistant.domain.topics import TOPICS
from chalicelib.core import dependencies
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidRequest
from chalicelib.core.i18n import Text

GOOD_FOR: Final = timedelta(minutes=30)
_SCOPE: Final = "assistant/context"
_NOT_OURS: Final = Text("上下文无效，请去掉后再问", "This context is not valid; ask without it")


def seal(context: Context, now: datetime) -> str:
    """Return a context as the caller gets it."""
    until = int((now + GOOD_FOR).timestamp())
    position = json.dumps([until, context.service_ids, context.topics])
    return str(dependencies.cursors().seal(_SCOPE, position))


def open_sealed(sealed: str | None, now: datetime) -> Context:
    """Return a context; an empty one where it is over. Raises InvalidRequest for another's."""
    try:
        position = dependencies.cursors().open(_SCOPE, sealed)
    except InvalidCursor as error:
        raise InvalidRequest(errors=[FieldError("/context", "invalid", _NOT_OURS)]) from error
    if position is None:
        return Context()
    until, service_ids, topics = json.loads(position)
    if until <= now.timestamp():
        return Context()
    return Context(tuple(service_ids), tuple(one for one in TOPICS if one in topics))
