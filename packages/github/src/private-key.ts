import { createPrivateKey } from "node:crypto";

/**
 * Reads an App's private key in every form in which it survives being pasted: on one line, quoted, with escaped line breaks, with
 * those of Windows, and as base64 of the whole file.
 *
 * @returns the key in PEM
 * @throws Error that says what is wrong after "the private key", and never quotes the key
 */
export function readPrivateKey(given: string): string {
  const text = unwrap(given);
  const [, label = "", body = ""] = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/s.exec(text) ?? [];
  if (label === "") {
    throw new Error(
      text.includes("-----BEGIN")
        ? "is cut off: its last line, -----END RSA PRIVATE KEY-----, is missing. Store the whole .pem file"
        : "has no line -----BEGIN RSA PRIVATE KEY-----. Store the whole .pem file, its first and last line included",
    );
  }
  if (label.startsWith("ENCRYPTED") || body.includes("ENCRYPTED"))
    throw new Error("is encrypted with a password. Store the .pem file as GitHub generated it");
  if (label !== "RSA PRIVATE KEY" && label !== "PRIVATE KEY") {
    throw new Error(`is not an App's private key but ${label}. Store the .pem file that GitHub generated for the App`);
  }
  const base64 = body.replaceAll(/[\s\\"'`]/g, "");
  const lines = base64.match(/.{1,64}/g) ?? [];
  const pem = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
  const type = typeOf(pem);
  if (type === undefined) {
    throw new Error(
      "is damaged: characters are missing, added or changed. Store the .pem file again, or generate a new key",
    );
  }
  if (type !== "rsa") {
    throw new Error(`is a key for ${type}, and an App's is one for RSA. Store the .pem file that GitHub generated`);
  }
  return pem;
}

/** Without what surrounds the key: quotation marks, escaped line breaks, base64. */
function unwrap(given: string): string {
  const text = given.replaceAll(/\\+[rn]/g, "\n");
  if (text.includes("-----")) return text;
  const decoded = Buffer.from(text, "base64").toString("latin1");
  return decoded.includes("-----BEGIN") ? decoded : text;
}

/** Undefined for what is no key. The error is not passed on: it might quote the key. */
function typeOf(pem: string): string | undefined {
  try {
    return createPrivateKey(pem).asymmetricKeyType;
  } catch {
    return undefined;
  }
}
