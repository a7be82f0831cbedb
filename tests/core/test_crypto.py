import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.crypto import DecryptionError, LocalMasterKey, Vault

VAULT = Vault(LocalMasterKey(b"m" * 32), b"h" * 32)


@given(st.text())
def test_a_field_opens_for_its_subject_and_name_only(value: str) -> None:
    key, wrapped = VAULT.new_key("a")
    sealed = key.seal("name", value)
    assert VAULT.key_of("a", wrapped).open("name", sealed) == value
    with pytest.raises(DecryptionError):
        key.open("phone", sealed)
    with pytest.raises(DecryptionError):
        VAULT.key_of("b", wrapped)
    other, _ = VAULT.new_key("a")
    with pytest.raises(DecryptionError):
        other.open("name", sealed)


def test_a_hash_needs_the_secret() -> None:
    other = Vault(LocalMasterKey(b"m" * 32), b"x" * 32)
    assert VAULT.keyed_hash("person", "1") == VAULT.keyed_hash("person", "1")
    assert VAULT.keyed_hash("person", "1") != other.keyed_hash("person", "1")
    assert VAULT.keyed_hash("person", "1") != VAULT.keyed_hash("account", "1")
