"""oauth.py: clients that sign: their keys, assertions and proofs, and the tokens that they get for them."""

import base64
import hashlib
import json
import secrets
import time
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlencode

from jwcrypto.jwa import JWA
from jwcrypto.jwk import JWK

from tests.client import Client

FORM = "application/x-www-form-urlencoded"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KINDS = {"PS256": {"kty": "RSA", "size": 2048}, "ES256": {"kty": "EC", "crv": "P-256"},
         "EdDSA": {"kty": "OKP", "crv": "Ed25519"}}
KNOWN = [*KINDS, "RS256", "PS384", "PS512"]  # to the library; the others are Ed25519


def base64url(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def origin(server):
    return f"http://{server.host}:{server.port}"


@lru_cache
def rsa_key(number):
    """Making one takes long."""
    return JWK.generate(**KINDS["PS256"], kid=f"rsa-{number}")


class Signer:
    """A pair of keys."""

    def __init__(self, algorithm="ES256", number=0):
        self.algorithm = algorithm
        kind = KINDS["EdDSA" if algorithm == "Ed25519" else algorithm]
        self.key = rsa_key(number) if algorithm == "PS256" else JWK.generate(**kind, kid=secrets.token_hex(4))
        self.public = json.loads(self.key.export_public())
        self.thumbprint = self.key.thumbprint()

    def sign(self, claims, **header):
        """Members of the header that are None are left out."""
        header = {"alg": self.algorithm, "kid": self.public["kid"], **header}
        header = json.dumps({k: v for k, v in header.items() if v is not None})
        claims = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        text = f"{base64url(header.encode())}.{base64url(claims)}"
        return f"{text}.{base64url(self.signature(text.encode(), json.loads(header)['alg']))}"

    def signature(self, text, algorithm):
        """As the algorithm of this name would have it."""
        if algorithm in KNOWN:
            return JWA.signing_alg(algorithm).sign(self.key, text)
        return self.key.get_op_key("sign").sign(text)

    def assertion(self, client_id, server, header=None, now=None, **claims):
        """For the server's token endpoint; claims that are None are left out."""
        now = time.time() if now is None else now
        claims = {"iss": client_id, "sub": client_id, "aud": f"{origin(server)}/oauth2/token", "jti": secrets.token_hex(16),
                  "iat": int(now), "exp": int(now) + 60, **claims}
        return self.sign({k: v for k, v in claims.items() if v is not None}, **(header or {}))

    def proof(self, method, url, token=None, header=None, now=None, **claims):
        """Of having the key (RFC 9449)."""
        now = time.time() if now is None else now
        ath = token and base64url(hashlib.sha256(token.encode()).digest())
        claims = {"htm": method, "htu": url.split("?")[0], "iat": int(now), "jti": secrets.token_hex(16), "ath": ath, **claims}
        jwk = {k: v for k, v in self.public.items() if k != "kid"}
        header = {"typ": "dpop+jwt", "jwk": jwk, "kid": None, **(header or {})}
        return self.sign({k: v for k, v in claims.items() if v is not None}, **header)


def ask_token(api, fields=None, **form):
    """The answer of the token endpoint."""
    form = {"grant_type": "client_credentials", **form}
    body = urlencode([(name, value) for name, value in form.items() if value is not None])
    return api.post("/oauth2/token", body, **{"Content_Type": FORM, **(fields or {})})


def ask_by_assertion(api, assertion, fields=None, **form):
    return ask_token(api, fields, client_assertion_type=ASSERTION, client_assertion=assertion, **form)


class SigningClient(Client):
    """A client whose tokens are bound to its key: each request comes with a proof. It follows the server's clock, and gets
    a new token when one has ended."""

    @classmethod
    def of(cls, api, client_id, signer, scope=None):
        client = cls(api.server, api.contract, api.seen)
        client.api, client.id, client.signer, client.scope = api, client_id, signer, scope
        client.ahead, client.token = 0, None
        return client

    def at(self, server):
        other = self.of(self.api.at(server), self.id, self.signer, self.scope)
        other.ahead, other.token = self.ahead, self.token
        return other

    def now(self):
        return time.time() + self.ahead

    def renew(self):
        """A new token, by the time that it is there."""
        answered = self.api.get("/healthz")
        self.ahead = parsedate_to_datetime(answered.headers["date"]).timestamp() - time.time()
        assertion = self.signer.assertion(self.id, self.server, now=self.now())
        proof = self.signer.proof("POST", f"{origin(self.server)}/oauth2/token", now=self.now())
        reply = ask_by_assertion(self.api, assertion, {"DPoP": proof}, scope=self.scope)
        self.token = reply.json.get("access_token")

    def ask(self, method, path, body, headers):
        if self.token is None:
            self.renew()
        reply = self.ask_once(method, path, body, headers)
        if reply.status == 401 and "Authorization" not in headers:
            self.renew()
            reply = self.ask_once(method, path, body, headers)
        return reply

    def ask_once(self, method, path, body, headers):
        proof = self.signer.proof(method, origin(self.server) + path, self.token, now=self.now())
        return super().ask(method, path, body, {"Authorization": f"DPoP {self.token}", "DPoP": proof, **headers})
