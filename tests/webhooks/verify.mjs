// verify.mjs: checks messages as a receiver would: by the reference library, and by the public keys.
import { createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Webhook } = createRequire(new URL("../../openapi/", import.meta.url))("standardwebhooks");
const { messages, secret, keys } = JSON.parse(readFileSync(0, "utf8"));

function isShared({ body, fields }) {
  try {
    new Webhook(secret).verify(body, fields);
    return true;
  } catch {
    return false;
  }
}

function isPublic({ body, fields }) {
  const content = Buffer.from(`${fields["webhook-id"]}.${fields["webhook-timestamp"]}.${body}`);
  const signatures = fields["webhook-signature"].split(" ").filter((one) => one.startsWith("v1a,"));
  return keys.some((key) => signatures.some((one) =>
    verify(null, content, createPublicKey({ key, format: "jwk" }), Buffer.from(one.slice(4), "base64"))));
}

console.log(JSON.stringify(messages.map((message) => [isShared(message), isPublic(message)])));
