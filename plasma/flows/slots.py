"""Names of keys that a cluster keeps where another key is."""

from __future__ import annotations


def beside(key: bytes, prefix: bytes) -> bytes:
    """What names in the same slot as this key begin with; both get the client's key prefix when they are sent.

    A key with a "}" and without a hash tag is alone in its slot: there the name is only alike.
    """
    whole = prefix + key
    begin = whole.find(b"{")
    end = whole.find(b"}", begin + 1)
    has_tag = begin >= 0 and end > begin + 1
    return key if has_tag or b"}" in whole else b"{" + whole + b"}"
