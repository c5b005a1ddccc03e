"""sealing.py: the envelopes of core/sealing.h once more, by libsodium itself: for persons that tests make."""

import base64
import ctypes
import ctypes.util
import hashlib
import os
import uuid
from pathlib import Path

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))
WRAPPING, CAPABILITY, LINK = 5, 6, 14  # of enum secrets_purpose
KEY, TEXT, JSON = 0, 1, 2  # types of envelopes
VERSION, NONCE, TAG, BLOCK = 1, 24, 16, 32
assert SODIUM.sodium_init() >= 0


class Sealed(Exception):
    """It does not open."""


def derived(master, purpose):
    key = ctypes.create_string_buffer(32)
    SODIUM.crypto_kdf_derive_from_key(key, ctypes.c_size_t(32), ctypes.c_uint64(purpose), b"runde--1", master)
    return key.raw


def keyed_hash(purpose, content):
    """BLAKE2b under the key of a purpose, which is derived from the master key."""
    master = bytes.fromhex(Path(os.environ["RUNDE_KEY_FILE"]).read_text(encoding="ascii")[:64])
    return hashlib.blake2b(content, key=derived(master, purpose), digest_size=32).digest()


def token_hash(token):
    """What is stored of a token."""
    return keyed_hash(CAPABILITY, token.encode())


def link_token(purpose, person, generation=1):
    """What stands in the link of a mail; see core/links.h."""
    named = uuid.UUID(person).bytes + generation.to_bytes(4, "big")
    return base64.urlsafe_b64encode(named + keyed_hash(LINK, bytes([purpose]) + named)).decode().rstrip("=")


def seal(key, context, kind, content):
    head = bytes([VERSION, kind])
    nonce, bound = os.urandom(NONCE), head + context.encode() + b"\0"
    padded = content + b"\x80" + bytes(-(len(content) + 1) % BLOCK)
    out = ctypes.create_string_buffer(len(padded) + TAG)
    SODIUM.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, padded, ctypes.c_ulonglong(len(padded)), bound, ctypes.c_ulonglong(len(bound)), None, nonce, key)
    return head + nonce + out.raw


def opened(key, context, envelope):
    """Type and content."""
    envelope = bytes(envelope)
    head, nonce, inside = envelope[:2], envelope[2:2 + NONCE], envelope[2 + NONCE:]
    bound = head + context.encode() + b"\0"
    out = ctypes.create_string_buffer(max(len(inside) - TAG, 1))
    if SODIUM.crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, None, None, inside, ctypes.c_ulonglong(len(inside)), bound, ctypes.c_ulonglong(len(bound)), nonce,
            key) != 0:
        raise Sealed(context)
    return head[1], out.raw.rstrip(b"\0")[:-1]


class Keys:
    """The keys below the master key of a file."""

    def __init__(self, key_file):
        self.above = derived(bytes.fromhex(key_file.read_text()[:64]), WRAPPING)

    def wrapping(self, number, wrapped):
        return opened(self.above, str(number), wrapped)[1]

    def new(self, person, number, wrapping):
        """A data key, and the same wrapped."""
        key = os.urandom(32)
        return key, seal(self.wrapping(number, wrapping), person, KEY, key)

    def data(self, person, number, wrapping, wrapped):
        return opened(self.wrapping(number, wrapping), person, wrapped)[1]
