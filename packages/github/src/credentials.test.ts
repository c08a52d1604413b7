import { generateKeyPairSync, createPrivateKey } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCredentials } from "./credentials.ts";

const { privateKey: pem } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
const pkcs8 = String(createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }));
const app = (privateKey: string) => JSON.stringify({ appId: "4711", privateKey });

/** What the key in a secret is, whatever its spelling: its parameters. */
function keyIn(secret: string): unknown {
  const credentials = readCredentials(secret);
  if (credentials === undefined || "token" in credentials) throw new Error("no App");
  return createPrivateKey(credentials.privateKey).export({ format: "jwk" });
}
const expected = createPrivateKey(pem).export({ format: "jwk" });

describe("an App's private key is understood", () => {
  test.each<[string, string]>([
    ["as GitHub generates it", app(pem)],
    ["as PKCS #8", app(pkcs8)],
    ["with escaped line breaks", app(pem.replaceAll("\n", String.raw`\n`))],
    ["with line breaks that are escaped twice", app(pem.replaceAll("\n", String.raw`\\n`))],
    ["with the line breaks of Windows", app(pem.replaceAll("\n", "\r\n"))],
    ["with the escaped line breaks of Windows", app(pem.replaceAll("\n", String.raw`\r\n`))],
    ["on one line with spaces, as a form makes it", app(pem.replaceAll("\n", " "))],
    ["on one line without spaces", app(pem.replaceAll("\n", ""))],
    ["indented", app(pem.replaceAll("\n", "\n    "))],
    ["without the last line break", app(pem.trim())],
    ["in quotation marks", app(`"${pem}"`)],
    ["in quotation marks on one line with escaped line breaks", app(`'${pem.replaceAll("\n", String.raw`\n`)}'`)],
    ["with a byte order mark", app(`\uFEFF${pem}`)],
    ["in base64", app(Buffer.from(pem).toString("base64"))],
    [
      "in base64 on several lines",
      app(
        `${Buffer.from(pem)
          .toString("base64")
          .match(/.{1,76}/g)
          ?.join("\n")}\n`,
      ),
    ],
    ["pasted into the JSON as it is", `{ "appId": 4711, "privateKey": "${pem}" }`],
    [
      "pasted into the JSON with the line breaks of Windows",
      `{ "appId": 4711, "privateKey": "${pem.replaceAll("\n", "\r\n")}" }`,
    ],
    ["in JSON that is a text in JSON", JSON.stringify(app(pem))],
    ["with text around it", app(`key.pem\n${pem}\n`)],
  ])("%s", (_, secret) => {
    expect(keyIn(secret)).toEqual(expected);
  });
});

describe("is refused in words that quote nothing of it:", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encrypted = createPrivateKey(pem).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });
  const traditional = createPrivateKey(pem).export({
    type: "pkcs1",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });
  const body = pem.replaceAll(/-----.*-----\n/g, "");
  test.each<[string, string, string]>([
    ["a key without its end", app(pem.slice(0, 900)), "is cut off"],
    ["a key without its first and last line", app(body), "has no line -----BEGIN RSA PRIVATE KEY-----"],
    ["a key in which characters are missing", app(pem.replace(body, body.slice(8))), "is damaged"],
    [
      "a key in which + became a space",
      app(pem.replaceAll("\n", "").replaceAll("+", " ").replaceAll("/", "")),
      "is damaged",
    ],
    ["an encrypted key", app(String(encrypted)), "is encrypted with a password"],
    ["an encrypted key of the older form", app(String(traditional)), "is encrypted with a password"],
    [
      "a public key",
      app("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"),
      "is not an App's private key but PUBLIC KEY",
    ],
    [
      "a key for SSH",
      app("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----"),
      "but OPENSSH PRIVATE KEY",
    ],
    [
      "a key of another kind",
      app(String(ec.privateKey.export({ type: "pkcs8", format: "pem" }))),
      "is a key for ec, and an App's is one for RSA",
    ],
    ["a path", app("/home/octocat/key.pem"), "has no line -----BEGIN RSA PRIVATE KEY-----"],
    ["a key alone", pem, "but a private key alone: add the App ID"],
    ["a token alone", "github_pat_11AAAAAAA0example", 'but a token alone: write {"token": "…"}'],
    [
      "other fields",
      JSON.stringify({ app_id: 1, private_key: pem }),
      'is neither {"appId", "privateKey"} nor {"token"} as JSON',
    ],
    ["no JSON", "{", 'is neither {"appId", "privateKey"} nor {"token"} as JSON'],
  ])("%s", (_, secret, says) => {
    let message = "";
    try {
      readCredentials(secret);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(says);
    expect(message).not.toContain(body.slice(0, 12));
    expect(message).not.toContain("example");
  });
});

test("whatever surrounds its parts, a key is read whole or refused", () => {
  const gap = fc.stringMatching(/^(?:\n|\r\n| |\\n|\\r\\n){0,3}$/);
  const lines = pem.trim().split("\n");
  fc.assert(
    fc.property(fc.array(gap, { minLength: lines.length, maxLength: lines.length }), (gaps) => {
      expect(keyIn(app(lines.map((line, index) => `${gaps[index]}${line}`).join("")))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
