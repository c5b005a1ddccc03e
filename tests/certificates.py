"""certificates.py: keys with certificates, and those who vouch for them."""

import base64
import hashlib
import ssl
import subprocess
import uuid
from types import SimpleNamespace

from tests.oauth import base64url


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def described(made):
    """With its bytes, its thumbprint, and as a proxy passes it on."""
    made.der = ssl.PEM_cert_to_DER_cert(made.pem.read_text())
    made.thumbprint = base64url(hashlib.sha256(made.der).digest())
    made.field = ":" + base64.b64encode(made.der).decode() + ":"
    return made


def made_certificate(folder, subject, *words):
    """A key with a certificate, by itself unless words say who signs it."""
    name = folder / uuid.uuid4().hex
    made = SimpleNamespace(pem=name.with_suffix(".pem"), key=name.with_suffix(".key"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", subject,
            *words, "-keyout", made.key, "-out", made.pem)
    for file in (made.pem, made.key):
        file.chmod(0o644)
    return described(made)


def signed_by(folder, authority, subject, *words):
    """A certificate that somebody vouches for."""
    made = made_certificate(folder, subject)
    request, extensions = made.pem.with_suffix(".csr"), made.pem.with_suffix(".ext")
    extensions.write_text("\n".join(words) + "\n")
    openssl("req", "-new", "-key", made.key, "-subj", subject, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", authority.pem, "-CAkey", authority.key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", made.pem)
    return described(made)
