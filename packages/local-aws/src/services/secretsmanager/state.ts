import { digitsFrom } from "../../protocol/identifiers.ts";
import type { World } from "../../world/world.ts";
import { secretExists, secretNotFound, tokenInUse, valueNotFound } from "./errors.ts";

export type SecretValue = { SecretString?: string; SecretBinary?: Uint8Array };

export type Version = SecretValue & { id: string; createdAt: number };

export type Secret = {
  name: string;
  arn: string;
  description?: string;
  createdAt: number;
  changedAt: number;
  /** Midnight before the value was last read: AWS returns only the date. */
  accessedAt?: number;
  /** By id, oldest first. */
  versions: Map<string, Version>;
  /** Version id by staging label. */
  stages: Map<string, string>;
};

export type SecretsWorld = Pick<World, "clock" | "region" | "accountId" | "random">;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** All secrets of the account and region. */
export class Secrets {
  readonly #world: SecretsWorld;
  readonly #byName = new Map<string, Secret>();

  constructor(world: SecretsWorld) {
    this.#world = world;
  }

  /** Creates a secret. Idempotent for the same token and value. @throws AwsError ResourceExistsException */
  create(name: string, token: string, value: SecretValue | undefined, description: string | undefined): Secret {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      const version = known.versions.get(token);
      if (version === undefined || value === undefined || !sameValue(version, value)) throw secretExists(name);
      return known;
    }
    const { clock, region, accountId, random } = this.#world;
    const now = clock.now();
    const secret: Secret = {
      name,
      // AWS appends six characters, so that a secret created again under its old name has another ARN.
      arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${digitsFrom(random, letters, 6)}`,
      ...(description === undefined ? {} : { description }),
      createdAt: now,
      changedAt: now,
      versions: new Map(),
      stages: new Map(),
    };
    this.#byName.set(name, secret);
    if (value !== undefined) this.put(secret, token, value);
    return secret;
  }

  /** Makes a value the current one. Idempotent for the same token and value. @throws AwsError ResourceExistsException */
  put(secret: Secret, token: string, value: SecretValue): Version {
    const known = secret.versions.get(token);
    if (known !== undefined) {
      if (!sameValue(known, value)) throw tokenInUse(token, secret.arn);
      return known;
    }
    const version: Version = { ...value, id: token, createdAt: this.#world.clock.now() };
    const previous = secret.stages.get("AWSCURRENT");
    secret.versions.set(token, version);
    secret.stages.set("AWSCURRENT", token);
    if (previous !== undefined) secret.stages.set("AWSPREVIOUS", previous);
    secret.changedAt = version.createdAt;
    return version;
  }

  /** Oldest first. */
  all(): Secret[] {
    return [...this.#byName.values()];
  }

  /** Like `find`, but returns undefined when the secret does not exist. */
  known(id: string): Secret | undefined {
    const named = this.#byName.get(id);
    if (named !== undefined) return named;
    return this.all().find(({ arn }) => arn === id || arn.slice(0, -"-AbCdEf".length) === id);
  }

  /** Finds by name, ARN, or ARN without the six characters. @throws AwsError ResourceNotFoundException */
  find(id: string): Secret {
    const secret = this.known(id);
    if (secret === undefined) throw secretNotFound();
    return secret;
  }
}

/** A version by id or by staging label, by default the current version. @throws AwsError ResourceNotFoundException */
export function versionOf(secret: Secret, versionId: string | undefined, stage: string | undefined): Version {
  const label = stage ?? (versionId === undefined ? "AWSCURRENT" : undefined);
  const id = label === undefined ? versionId : secret.stages.get(label);
  const version = id === undefined ? undefined : secret.versions.get(id);
  if (version === undefined || (versionId !== undefined && version.id !== versionId)) {
    throw valueNotFound(versionId === undefined ? `staging label: ${label}` : `VersionId: ${versionId}`);
  }
  return version;
}

/** Staging labels by version, without the versions that have no label. */
export function versionStages(secret: Secret): Record<string, string[]> {
  const labelled = [...secret.versions.keys()].filter((id) => stagesOf(secret, id).length > 0);
  return Object.fromEntries(labelled.map((id) => [id, stagesOf(secret, id)]));
}

/** Staging labels of a version. */
export function stagesOf(secret: Secret, versionId: string): string[] {
  return [...secret.stages].filter(([, id]) => id === versionId).map(([stage]) => stage);
}

function sameValue(a: SecretValue, b: SecretValue): boolean {
  if (a.SecretString !== b.SecretString) return false;
  if (a.SecretBinary === undefined || b.SecretBinary === undefined) return a.SecretBinary === b.SecretBinary;
  return Buffer.compare(a.SecretBinary, b.SecretBinary) === 0;
}
