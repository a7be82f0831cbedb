"""What differs from stage to stage: `infra/stages.json`, checked when it is read."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, get_origin

from infra import commands
from infra.commands import CommandError

# A city may keep its stages, and the files that their settings name, outside of this repository.
FOLDER: Final = Path(os.environ.get("STAGES_DIR") or Path(__file__).parent)
STAGES_FILE: Final = FOLDER / "stages.json"
# The alias by which the gateway calls the functions of the API.
LIVE: Final = "live"
# The bus of what goes out to the province.
EXPORT_BUS: Final = "export"
# The queue of what the province's bus refused.
EXPORT_DEAD: Final = "export-dead"
_LEAST_OF_A_QUEUE: Final = 2
# What Lambda keeps for functions without a reservation ("Configuring reserved concurrency").
_UNRESERVED: Final = 100
# Names and values; beside them a function has up to a kilobyte that the stacks say.
_SETTINGS: Final = 3000
FUNCTIONS_OF_THE_API: Final = {"api", "staff"}
_BUS: Final = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[\w./-]+")
_VAULT: Final = re.compile(r"arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[\w-]+")
_STREAM: Final = r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{{12}}:table/{}/stream/[0-9T:.-]+"
# CodeDeploy's own for Lambda ("Predefined deployment configurations for an AWS Lambda platform").
_CANARY: Final = re.compile(
    "Lambda(AllAtOnce|Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1Minute|(2|3|10)Minutes))"
)
_ACCOUNT: Final = re.compile("[0-9]{12}", re.ASCII)
# Its stack is one for all stages.
_OF_THE_ACCOUNT: Final = "account"
_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,15}")
_NAMES: Final = "a name is 2 to 16 small letters and digits, a letter first, and not `account`"


class StageError(CommandError):
    """A stage's entry is not one from which a system can be deployed."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One deployment of the whole system.

    `settings` are environment variables as `core.settings` reads them; secrets are not among them.
    `logs_kept` is one of the names of `RetentionDays`. `retain` keeps tables, uploads and keys when
    the stacks are taken down. With `domain_name` comes `certificate_arn`, a certificate of the
    stage's own region, and so with that of the pages.

    `reserved` are concurrent runs of the functions of the API that nothing else can take, and
    `ready` those that wait for requests, started; both by `api` (citizens) and `staff`.
    `queue_concurrency` is the most runs of one queue's worker at once, `account_runs` what the
    account may run in all, near which an alarm is raised. `warm_throughput` are the
    write and read units a second, by room, for which its table is ready at once. `staff_networks`
    are the networks from which staff may be reached (CIDR); none means all. `canary` is how
    CodeDeploy moves requests to a release: one of its own configurations for Lambda, without
    `CodeDeployDefault.`; none moves them at once.

    A province may read the exported events, which are kept for `exports_kept_days`, from its
    `province_account`, and have them on its own bus `province_bus_arn`; for `events_archived_days`
    they can be replayed to it.

    `pages_cdn` puts CloudFront in front of the pages; their certificate is then one of us-east-1.
    `backup_vault_arn` is a vault, best of another account, into which all tables are copied.
    `restored_streams` are the ARNs of the streams of tables that were restored under their name, by
    room: a restored table has another stream than the one that CloudFormation made.
    """

    name: str
    region: str
    public_url: str
    logs_kept: str
    requests_per_second: int
    burst: int
    account: str | None = None
    allowed_origins: tuple[str, ...] = ()
    domain_name: str | None = None
    certificate_arn: str | None = None
    alarm_email: str | None = None
    api_memory_mb: int = 1024
    retain: bool = False
    reserved: Mapping[str, int] = field(default_factory=dict)
    ready: Mapping[str, int] = field(default_factory=dict)
    queue_concurrency: int = 10
    account_runs: int = 1000
    warm_throughput: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    staff_networks: tuple[str, ...] = ()
    canary: str | None = None
    pages_domain_name: str | None = None
    pages_certificate_arn: str | None = None
    pages_cdn: bool = False
    backup_vault_arn: str | None = None
    restored_streams: Mapping[str, str] = field(default_factory=dict)
    exports_kept_days: int = 400
    province_account: str | None = None
    province_bus_arn: str | None = None
    events_archived_days: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def exports_events(self) -> bool:
        """Tell whether exported events go to a bus, too."""
        return bool(self.province_bus_arn or self.events_archived_days)

    @property
    def prefix(self) -> str:
        """Return what the names of all things of this stage begin with."""
        return f"onetrip-{self.name}-"

    def named(self, thing: str) -> str:
        """Return the name of a thing in this stage."""
        return f"{self.prefix}{thing}"

    def function(self, name: str) -> str:
        """Return the name of a deployed function, by its name in the manifest."""
        return self.named(name.replace("_", "-"))


def load(name: str, path: Path = STAGES_FILE) -> Stage:
    """Return a stage by its name; raises StageError."""
    known = _read(path)
    if name not in known:
        message = f"{path.name} has no stage {name!r}; it has {', '.join(sorted(known))}"
        raise StageError(message)
    return _checked(name, known[name])


def names(path: Path = STAGES_FILE) -> tuple[str, ...]:
    """Return the names of all stages; raises StageError."""
    return tuple(_read(path))


def _read(path: Path) -> dict[str, dict[str, Any]]:
    known = commands.read_json(path)
    are_stages = isinstance(known, dict) and all(isinstance(one, dict) for one in known.values())
    if not known or not are_stages:
        raise StageError(f"{path} is not one JSON object of stages by their names")
    return dict(known)


def _checked(name: str, given: Mapping[str, Any]) -> Stage:
    _check_shape(name, given)
    lists = {of: tuple(given.get(of, ())) for of in ("allowed_origins", "staff_networks")}
    stage = Stage(**{**given, **lists, "name": name})
    pairs = (
        ("domain_name", stage.domain_name, stage.certificate_arn),
        ("pages_domain_name", stage.pages_domain_name, stage.pages_certificate_arn),
    )
    for what, domain, certificate in pairs:
        if bool(domain) != bool(certificate):
            message = f"the stage {name!r} needs {what} and its certificate's ARN, or neither"
            raise StageError(message)
    wrong = "; ".join(_impossible(stage))
    if wrong:
        message = f"the stage {name!r} cannot be: {wrong}"
        raise StageError(message)
    return stage


def _check_shape(name: str, given: Mapping[str, Any]) -> None:
    """Raise StageError where a stage's entry has not the members of a Stage, each of its kind."""
    kinds = {one.name: _kind(one) for one in fields(Stage)}
    unknown = set(given) - set(kinds)
    if unknown:
        raise StageError(f"the stage {name!r} has what nobody reads: {', '.join(sorted(unknown))}")
    if not _NAME.fullmatch(name) or name == _OF_THE_ACCOUNT:
        raise StageError(f"the stage {name!r} cannot be: {_NAMES}")
    lacking = {one.name for one in fields(Stage) if _is_needed(one)} - {*given, "name"}
    if lacking:
        raise StageError(f"the stage {name!r} lacks {', '.join(sorted(lacking))}")
    wrong = sorted(of for of, value in given.items() if not isinstance(value, kinds[of]))
    texts = given.get("settings", {})
    wrong += [f"settings.{of}" for of in sorted(texts) if not isinstance(texts[of], str)]
    if wrong:
        raise StageError(f"the stage {name!r} has values of another kind: {', '.join(wrong)}")


def _is_needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _kind(one: Field[Any]) -> Any:
    """Return what a field's value is in JSON, as `isinstance` asks for it."""
    kind = get_origin(one.type)
    return list if kind is tuple else kind if kind is Mapping else one.type


def _impossible(stage: Stage) -> Iterator[str]:
    """Tell what Lambda or DynamoDB would refuse when the stage is deployed."""
    for of, runs in (("reserved", stage.reserved), ("ready", stage.ready)):
        if not set(runs) <= FUNCTIONS_OF_THE_API or any(one < 1 for one in runs.values()):
            yield f"{of} names how many runs of api and staff, each at least one"
    for name, waiting in stage.ready.items():
        if waiting > stage.reserved.get(name, waiting):
            yield f"more of {name} are ready than reserved"
    if sum(stage.reserved.values()) > stage.account_runs - _UNRESERVED:
        yield f"reserved leaves less than {_UNRESERVED} of account_runs to all other functions"
    if stage.canary and not _CANARY.fullmatch(stage.canary):
        yield "canary is none of CodeDeploy's configurations for Lambda"
    if stage.province_bus_arn and not _BUS.fullmatch(stage.province_bus_arn):
        yield "province_bus_arn is the ARN of a bus"
    if stage.queue_concurrency < _LEAST_OF_A_QUEUE:
        yield f"queue_concurrency is at least {_LEAST_OF_A_QUEUE}"
    if sum(len(f"{name}{value}".encode()) for name, value in stage.settings.items()) > _SETTINGS:
        yield f"settings have more than {_SETTINGS} bytes of the 4 kB that Lambda gives a function"
    yield from _nowhere(stage)


def _nowhere(stage: Stage) -> Iterator[str]:
    """Tell what a stage names that cannot be where it says."""
    for network in stage.staff_networks:
        try:
            ip_network(network)
        except ValueError as wrong:
            yield f"staff_networks: {wrong}"
    if stage.pages_cdn and stage.region.startswith("cn-"):
        yield "pages_cdn is for regions outside of China, whose CloudFront is another"
    if stage.pages_cdn and ":us-east-1:" not in (stage.pages_certificate_arn or ":us-east-1:"):
        yield "pages_cdn needs a certificate of us-east-1 (pages_certificate_arn)"
    if stage.backup_vault_arn and not _VAULT.fullmatch(stage.backup_vault_arn):
        yield "backup_vault_arn is the ARN of a backup vault"
    for room, stream in stage.restored_streams.items():
        if not re.fullmatch(_STREAM.format(re.escape(stage.named(room))), stream):
            yield f"restored_streams names the ARN of a stream of {stage.named(room)}"
    if stage.province_account and not _ACCOUNT.fullmatch(stage.province_account):
        yield "province_account is twelve digits"
