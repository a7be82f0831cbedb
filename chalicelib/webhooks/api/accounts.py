"""The routes of staff who look after a room's accounts, the same in each room but for names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic

from pydantic import BaseModel

from chalicelib.core import dependencies
from chalicelib.core.auth import Access, Staff
from chalicelib.core.changes import Author
from chalicelib.core.errors import InvalidCursor, StaleVersion, WrongStatus
from chalicelib.core.http_messages import BodyModel, Nothing, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.webhooks.api.views import MessagesQuery, Recovered, Since
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service import replay
from chalicelib.webhooks.service.accounts import A, AccountChanged, Accounts
from chalicelib.webhooks.service.directory import Directory

Change = Callable[[str, Author], AccountChanged[A]]


@dataclass(frozen=True, slots=True)
class Shown(Generic[A]):
    """How a room's accounts, with a fresh secret or without, and messages look from outside."""

    account: Callable[[A], BaseModel]
    made: Callable[[A, str | None], BaseModel]
    message: Callable[[Message], BaseModel]


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the same, as the API's document names them."""

    account: type[BaseModel]
    made: type[BaseModel]
    message: type[BaseModel]
    messages: type[BaseModel]


def _let(_staff: Staff, _account_id: str) -> None:
    """Let whoever has the role."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Who sees accounts and who changes them: by role, and by checks of the one account.

    A check raises NotFound or Forbidden for an account that is not the member of staff's.
    """

    readers: Access
    keepers: Access
    check_seen: Callable[[Staff, str], object] = _let
    check_kept: Callable[[Staff, str], object] = _let


class AccountRoutes(Generic[A]):
    """The routes under `/v1/admin/{noun}s/{id}`."""

    def __init__(
        self,
        routes: Routes,
        accounts: Accounts[A],
        directory: Directory[A],
        shown: Shown[A],
        models: Models,
    ) -> None:
        """Keep whose routes these are."""
        self._routes, self._accounts, self._directory = routes, accounts, directory
        self._shown, self._models = shown, models
        self._noun: Final = directory.noun
        self._path: Final = f"/v1/admin/{directory.noun}s/{{{directory.noun}_id}}"

    def declare(self, guard: Guard) -> None:
        """Declare all but listing, making and changing, which rooms do in ways of their own."""
        accounts, model = self._accounts, self._models.account
        changes: tuple[tuple[str, Change[A], str, dict[str, Any]], ...] = (
            ("ping", accounts.ping, _PING, {"response": model, "status": 202}),
            ("pause", accounts.pause, _PAUSE, {"response": model, "errors": [WrongStatus]}),
            ("resume", accounts.resume, _RESUME, {"response": model}),
        )
        for verb, change, summary, declared in changes:
            self._add_change(verb, summary, self._seen_after(change), guard, declared)
        rotated = self._made_after(accounts.rotate_secret)
        self._add_change("rotate-secret", _ROTATE, rotated, guard, {"response": self._models.made})
        self._add_messages(guard)
        self._add_replay(guard)
        self._add_recovery(guard)

    def seen(self, changed: AccountChanged[A]) -> Response:
        """Answer an account after a change."""
        return replayed(self._shown.account(changed.account), again=changed.replayed)

    def made(self, changed: AccountChanged[A]) -> Response:
        """Answer an account with its fresh secret, which is told once."""
        return replayed(self._shown.made(changed.account, changed.secret), again=changed.replayed)

    def _seen_after(self, change: Change[A]) -> Callable[[str, Author], Response]:
        return lambda account_id, author: self.seen(change(account_id, author))

    def _made_after(self, change: Change[A]) -> Callable[[str, Author], Response]:
        return lambda account_id, author: self.made(change(account_id, author))

    def _add_change(
        self,
        verb: str,
        summary: str,
        act: Callable[[str, Author], Response],
        guard: Guard,
        declared: dict[str, Any],
    ) -> None:
        def view(request: Request[Nothing], **path: str) -> Response:
            account_id = self._named(path)
            guard.check_kept(request.staff, account_id)
            return act(account_id, author_of(request))

        name = verb.replace("-secret", f"_{self._noun}_secret")
        self._name(view, name if "_" in name else f"{verb}_{self._noun}", summary)
        path = f"{self._path}/{verb}"
        self._routes.post(path, auth=guard.keepers, body=Nothing, idempotent=True, **declared)(view)

    def _add_messages(self, guard: Guard) -> None:
        def view(request: Request[MessagesQuery], **path: str) -> BaseModel:
            account_id, query = self._named(path), request.input
            self._directory.find(account_id)
            guard.check_seen(request.staff, account_id)
            page = dependencies.cursors().page(
                f"{self._noun}-messages/{request.staff.staff_id}/{account_id}",
                query.cursor,
                lambda at: self._directory.outbox.list_page(account_id, at, query.limit),
            )
            items = [self._shown.message(message) for message in page.items]
            return self._models.messages(items=items, next_cursor=page.next_cursor)

        self._name(view, f"list_{self._noun}_messages", _MESSAGES)
        declared = {"response": self._models.messages, "errors": [InvalidCursor]}
        path = f"{self._path}/messages"
        self._routes.get(path, auth=guard.readers, body=MessagesQuery, **declared)(view)

    def _add_replay(self, guard: Guard) -> None:
        def view(request: Request[Nothing], **path: str) -> Response:
            named, message_id = self._named(path), path["message_id"]
            guard.check_kept(request.staff, named)
            message, again = self._accounts.replay(named, message_id, author_of(request))
            return replayed(self._shown.message(message), again=again)

        self._name(view, f"replay_{self._noun}_message", _REPLAY)
        self._routes.post(
            f"{self._path}/messages/{{message_id}}/replay",
            auth=guard.keepers,
            body=Nothing,
            response=self._models.message,
            status=202,
            errors=[StaleVersion],
            idempotent=True,
        )(view)

    def _add_recovery(self, guard: Guard) -> None:
        def view(request: Request[Since], **path: str) -> Recovered:
            named, since = self._named(path), request.input.since
            self._directory.find(named)
            guard.check_kept(request.staff, named)
            requeued = replay.recover(self._directory.outbox, named, since, request.now)
            return Recovered(recovered=requeued.recovered, more=requeued.more)

        self._name(view, f"recover_{self._noun}", _RECOVER)
        path = f"{self._path}/recover"
        self._routes.post(path, auth=guard.keepers, body=Since, response=Recovered, status=202)(
            view
        )

    def _named(self, path: dict[str, str]) -> str:
        return path[f"{self._noun}_id"]

    def _name(self, view: Callable[..., object], name: str, summary: str) -> None:
        view.__name__, view.__doc__ = name, summary


def author_of(request: Request[BodyModel]) -> Author:
    """Return who changes an account, when, by which attempt."""
    return Author(request.staff.actor, request.now, request.attempt)


_PING: Final = "Send a test message; what came of it stands among the messages."
_PAUSE: Final = "Hold its messages back, which wait until it is resumed."
_RESUME: Final = "Let messages go to it again; those that waited go out."
_ROTATE: Final = "Make a fresh secret, told this once; the one before holds for another 24 hours."
_MESSAGES: Final = "List messages with their attempts: what waits, what failed, what was sent."
_REPLAY: Final = "Send one message again, under the same id."
_RECOVER: Final = "Send again all that failed since a time; doing it twice is the same."
