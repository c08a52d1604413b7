import * as v from "valibot";
import { notInLocalAws } from "../../protocol/errors.ts";
import { digitsFrom } from "../../protocol/identifiers.ts";
import type { World } from "../../world/world.ts";
import { badCredentials, GitHubError, notFound, unprocessable } from "./errors.ts";
import type { App, GitHubScenario, Permissions } from "../../scenario/github-scenario.ts";

/** What a token permits, and in which repositories. */
export type TokenAccess = { repositories: readonly string[]; permissions: Permissions; kind: "app" | "person" };

/** An App's installation at one owner of repositories. */
type Installation = { id: number; app: App; owner: string; repositories: readonly string[] };

const hourMs = 3_600_000;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const TokenRequest = v.object({
  repositories: v.optional(v.pipe(v.array(v.string()), v.maxLength(500))),
  repository_ids: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(500))),
  permissions: v.optional(v.record(v.string(), v.picklist(["read", "write"]))),
});

/** Installations of Apps, and their access tokens. */
export class Installations {
  readonly #world: Pick<World, "clock" | "random">;
  readonly #installations: readonly Installation[];
  readonly #idOf: (repository: string) => number;
  readonly #tokens = new Map<string, TokenAccess & { expiresAt: number }>();

  constructor(
    world: Pick<World, "clock" | "random">,
    { apps, tokens }: GitHubScenario,
    repositories: { idOf: (repository: string) => number },
  ) {
    this.#world = world;
    this.#idOf = (repository) => repositories.idOf(repository);
    this.#installations = apps
      .flatMap((app) =>
        [...Map.groupBy(app.repositories, ownerOf)].map(([owner, repositories]) => ({ app, owner, repositories })),
      )
      .map((installation, index) => ({ ...installation, id: 50_000_001 + index }));
    for (const { token, ...access } of tokens) {
      this.#tokens.set(token, { ...access, kind: "person", expiresAt: Infinity });
    }
  }

  /** `GET /repos/{owner}/{repo}/installation`. @throws GitHubError 404 when the App is not installed there */
  describe(app: App, repository: string): Readonly<Record<string, unknown>> {
    const found = this.#installations.find((one) => one.app === app && one.repositories.includes(repository));
    if (found === undefined) throw notFound();
    return {
      id: found.id,
      account: { login: found.owner },
      app_id: Number(app.id),
      repository_selection: "selected",
      permissions: app.permissions,
      suspended_at: null,
    };
  }

  /** `POST /app/installations/{installation_id}/access_tokens`. @throws GitHubError 404, 422 */
  mint(app: App, installationId: number, body: Buffer): Readonly<Record<string, unknown>> {
    const installation = this.#installations.find(({ id }) => id === installationId);
    if (installation?.app !== app) throw notFound();
    const requested = readTokenRequest(body);
    const named = requested.repositories?.map((name) => `${installation.owner}/${name}`) ?? [];
    const ids = requested.repository_ids ?? [];
    const withIds = installation.repositories.filter((name) => ids.includes(this.#idOf(name)));
    const isAny = named.length === 0 && ids.length === 0;
    const repositories = isAny ? installation.repositories : [...named, ...withIds];
    if (withIds.length !== ids.length || !repositories.every((name) => installation.repositories.includes(name))) {
      throw unprocessable(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    }
    const permissions = requested.permissions ?? app.permissions;
    if (!Object.entries(permissions).every(([name, level]) => allows(app.permissions, name, level))) {
      throw unprocessable("The permissions requested are not granted to this installation.");
    }
    const { clock, random } = this.#world;
    const token = `ghs_${digitsFrom(random, letters, 36)}`;
    const access: TokenAccess = { repositories, permissions: { metadata: "read", ...permissions }, kind: "app" };
    const expiresAt = clock.now() + hourMs;
    this.#tokens.set(token, { ...access, expiresAt });
    return {
      token,
      expires_at: new Date(expiresAt).toISOString().replace(/\.\d+/, ""),
      permissions: access.permissions,
      repository_selection: "selected",
      repositories: repositories.map((name) => ({ name: name.slice(name.indexOf("/") + 1), full_name: name })),
    };
  }

  /**
   * Checks that a token permits reading from a repository.
   *
   * @param token undefined for a request without a token
   * @param permission GitHub's name of the permission, such as `contents`
   * @throws GitHubError 401, 403, 404: all local repositories are private
   */
  permit(token: string | undefined, repository: string, permission = "contents"): void {
    if (token === undefined) throw notFound();
    const access = this.#tokens.get(token);
    if (access === undefined || access.expiresAt <= this.#world.clock.now()) throw badCredentials();
    if (!access.repositories.includes(repository)) throw notFound();
    // Every token with access to a repository can read its metadata.
    if (permission === "metadata" || allows(access.permissions, permission, "read")) return;
    const kind = access.kind === "app" ? "integration" : "personal access token";
    throw new GitHubError(403, `Resource not accessible by ${kind}`);
  }

  /** Checks that a token permits reading the members of an organisation. @throws GitHubError 401, 403, 404 */
  permitMembers(token: string | undefined, organisation: string): void {
    const access = requireAccess(this.#tokens.get(token ?? ""));
    if (!access.repositories.some((name) => ownerOf(name) === organisation)) throw notFound();
    if (!allows(access.permissions, "members", "read")) throw new GitHubError(403, "Resource not accessible");
  }
}

/** @throws GitHubError 401 */
function requireAccess<Access>(access: Access | undefined): Access {
  if (access === undefined) throw badCredentials();
  return access;
}

function readTokenRequest(body: Buffer): v.InferOutput<typeof TokenRequest> {
  if (body.byteLength === 0) return {};
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), body.toString());
  if (!parsed.success) throw new GitHubError(400, "Problems parsing JSON");
  const unknown = Object.keys(parsed.output).find((key) => !Object.hasOwn(TokenRequest.entries, key));
  if (unknown !== undefined) throw notInLocalAws(`the parameter ${unknown} of GitHub's installation access tokens`);
  const requested = v.safeParse(TokenRequest, parsed.output);
  if (!requested.success) throw unprocessable("Invalid request.");
  return requested.output;
}

const ownerOf = (repository: string): string => repository.slice(0, repository.indexOf("/"));

function allows(granted: Permissions, name: string, level: "read" | "write"): boolean {
  return granted[name] === "write" || granted[name] === level;
}
