// oauth_clients.mjs: gets a token, calls with it and gives it back, by the libraries that clients use; see test_oauth_clients.py.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";

globalThis.crypto ??= webcrypto;
const oauth = await import("oauth4webapi");
const openid = await import("openid-client");
const given = JSON.parse(readFileSync(0, "utf8"));

const NAMES = { PS256: { name: "RSA-PSS", hash: "SHA-256" }, ES256: { name: "ECDSA", namedCurve: "P-256" }, EdDSA: { name: "Ed25519" } };

const key = given.jwk && {
  key: await crypto.subtle.importKey("jwk", { ...given.jwk, alg: undefined }, NAMES[given.algorithm], false, ["sign"]),
  kid: given.jwk.kid,
};
const pair = given.dpop && await oauth.generateKeyPair(given.dpop);

/** A fetch that shows a certificate. */
function fetchWithCertificate(url, options) {
  const { ca, cert, key } = given.tls;
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(new Headers(options.headers));
    const request = https.request(url, { ca, cert, key, method: options.method, headers, servername: "localhost" }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve(new Response(Buffer.concat(parts), { status: answer.statusCode, headers: answer.headers })));
    });
    request.on("error", reject);
    request.end(options.body === undefined ? undefined : String(options.body));
  });
}

const AUTHENTICATION = (library) => ({
  client_secret_basic: () => library.ClientSecretBasic(given.secret),
  private_key_jwt: () => library.PrivateKeyJwt(key),
  self_signed_tls_client_auth: () => library.TlsClientAuth(),
})[given.method]();

async function byOauth4webapi() {
  const options = { [oauth.allowInsecureRequests]: true, ...(given.tls ? { [oauth.customFetch]: fetchWithCertificate } : {}) };
  const issuer = new URL(given.issuer), client = { client_id: given.client_id };
  const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...options });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const proof = pair ? { DPoP: oauth.DPoP(client, pair) } : {};
  const answer = await oauth.clientCredentialsGrantRequest(
    server, client, AUTHENTICATION(oauth), new URLSearchParams({ scope: given.scope }), { ...options, ...proof });
  const token = await oauth.processClientCredentialsResponse(server, client, answer);
  const call = () => oauth.protectedResourceRequest(
    token.access_token, "GET", new URL(given.resource), undefined, undefined, { ...options, ...proof });
  const status = (await call()).status;
  const ended = await oauth.revocationRequest(server, client, AUTHENTICATION(oauth), token.access_token, options);
  await oauth.processRevocationResponse(ended);
  return { token, status };
}

async function byOpenidClient() {
  const execute = [openid.allowInsecureRequests];
  const options = { algorithm: "oauth2", execute, ...(given.tls ? { [openid.customFetch]: fetchWithCertificate } : {}) };
  const server = await openid.discovery(new URL(given.issuer), given.client_id, undefined, AUTHENTICATION(openid), options);
  const proof = pair ? { DPoP: openid.getDPoPHandle(server, pair) } : {};
  const token = await openid.clientCredentialsGrant(server, { scope: given.scope }, proof);
  const answer = await openid.fetchProtectedResource(
    server, token.access_token, new URL(given.resource), "GET", undefined, undefined, proof);
  await openid.tokenRevocation(server, token.access_token);
  return { token, status: answer.status };
}

const { token, status } = await (given.library === "openid-client" ? byOpenidClient() : byOauth4webapi());
console.log(JSON.stringify({ type: token.token_type, expires_in: token.expires_in, scope: token.scope, status }));
