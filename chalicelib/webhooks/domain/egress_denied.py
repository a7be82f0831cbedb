"""Why messages must not go to an endpoint, in words that hold no address."""

from typing import Final

from chalicelib.core.i18n import Text

UNRESOLVED: Final = Text("域名无法解析", "the name does not resolve")
NOT_HTTPS: Final = Text("只能使用 https", "only https is allowed")
NO_HOST: Final = Text(
    "主机须为完整的域名或普通的 IP 地址", "the host is neither a full name nor a plain address"
)
NOT_PUBLIC: Final = Text("不是公网地址", "the address is not a public one")
UNREADABLE: Final = Text(
    "地址太长，或含有不允许的字符", "the endpoint has characters that no address has, or too many"
)
NO_ADDRESS: Final = Text("地址格式有误", "the endpoint is not an address")
MORE_THAN_ADDRESS: Final = Text(
    "地址中不能有用户名、密码或 # 后的部分", "an endpoint has no user, password or fragment"
)


class EgressDenied(Exception):  # noqa: N818 - its name states the fact.
    """Messages must not go there; `detail` tells whoever keeps the account why."""

    def __init__(self, reason: Text) -> None:
        """Keep the reason in both languages; logs and attempts have the English one."""
        super().__init__(reason.en)
        self.detail = Text(
            f"回调地址不可用：{reason.zh}", f"The endpoint cannot be used: {reason.en}"
        )
