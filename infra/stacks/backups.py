"""Daily copies of tables into a vault of another account, by setting (`backup_vault_arn`).

A copy outlives the loss of the account. It is kept for as long as the tables can be restored by
themselves. The table of wrapped keys is not copied (decision 84): what its citizen's key sealed is
unreadable in every copy once that key is gone for as long as its own table can be restored.
"""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from chalicelib.core.tables import LONGEST_RECOVERY_DAYS
from infra.stages import Stage

KEPT_DAYS: Final = LONGEST_RECOVERY_DAYS
# Two in the morning in China, when little is written.
_DAILY: Final = "cron(0 18 * * ? *)"


def copy_tables(
    stack: Stack, stage: Stage, rooms: Sequence[str], key: kms.Key, elsewhere: str
) -> None:
    """Back up the tables of the rooms each night into a vault here, and from there elsewhere."""
    vault = backup.CfnBackupVault(
        stack,
        "BackupVault",
        backup_vault_name=stage.named("backups"),
        encryption_key_arn=key.key_arn,
    )
    kept = backup.CfnBackupPlan.LifecycleResourceTypeProperty(delete_after_days=KEPT_DAYS)
    copied = backup.CfnBackupPlan.CopyActionResourceTypeProperty(
        destination_backup_vault_arn=elsewhere, lifecycle=kept
    )
    nightly = backup.CfnBackupPlan.BackupRuleResourceTypeProperty(
        rule_name="nightly",
        target_backup_vault=vault.ref,
        schedule_expression=_DAILY,
        lifecycle=kept,
        copy_actions=[copied],
    )
    plan = backup.CfnBackupPlan(
        stack,
        "BackupPlan",
        backup_plan=backup.CfnBackupPlan.BackupPlanResourceTypeProperty(
            backup_plan_name=stage.named("tables"), backup_plan_rule=[nightly]
        ),
    )
    policy = "service-role/AWSBackupServiceRolePolicyForBackup"
    role = iam.Role(
        stack,
        "BackupRole",
        assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
        description=f"OneTrip {stage.name}: backs the tables up",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
    )
    table = f"arn:{Aws.PARTITION}:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/"
    backup.CfnBackupSelection(
        stack,
        "BackupSelection",
        backup_plan_id=plan.ref,
        backup_selection=backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
            selection_name=stage.named("tables"),
            iam_role_arn=role.role_arn,
            resources=[f"{table}{stage.named(room)}" for room in rooms],
        ),
    )
