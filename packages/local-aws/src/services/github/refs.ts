import { createHash } from "node:crypto";
import * as v from "valibot";
import type { HttpRequest } from "../../protocol/http.ts";
import type { GitHubScenario } from "../../scenario/github-scenario.ts";
import { notFound } from "./errors.ts";

/** Where a ref points to: a commit, or the object of an annotated tag, which points to a commit. */
type Target = { sha: string; commit: string };

const Push = v.object({
  ref: v.string(),
  after: v.string(),
  deleted: v.boolean(),
  head_commit: v.nullish(v.object({ id: v.string() })),
  repository: v.object({ full_name: v.string() }),
});

/** Branches and tags: those of the scenario, and those of the pushes that were delivered, since GitHub delivers what has happened. */
export class Refs {
  readonly #fixed: ReadonlyMap<string, Target>;
  readonly #pushed = new Map<string, Target>();

  constructor({ branches, tags }: Pick<GitHubScenario, "branches" | "tags">) {
    this.#fixed = new Map([
      ...branches.map(
        ({ repository, name, sha }) => [keyOf(repository, `heads/${name}`), { sha, commit: sha }] as const,
      ),
      ...tags.map(({ repository, name, sha, annotated }) => {
        const target = { sha: annotated ? tagObjectOf(name, sha) : sha, commit: sha };
        return [keyOf(repository, `tags/${name}`), target] as const;
      }),
    ]);
  }

  /** Takes the new state of a ref from the delivery of a push. @returns a function that undoes it, if the delivery was forged */
  observe({ headers, body }: Pick<HttpRequest, "headers" | "body">): () => void {
    const push = headers["x-github-event"] === "push" ? readPush(body) : undefined;
    if (push === undefined) return () => undefined;
    const { ref, after, deleted, head_commit: headCommit, repository } = push;
    const key = keyOf(repository.full_name, ref.replace(/^refs\//, ""));
    const before = this.#pushed.get(key);
    if (deleted) this.#pushed.delete(key);
    else this.#pushed.set(key, { sha: after, commit: headCommit?.id ?? after });
    return () => void (before === undefined ? this.#pushed.delete(key) : this.#pushed.set(key, before));
  }

  /**
   * `GET /repos/{owner}/{repo}/git/ref/{ref}`.
   *
   * @param ref `heads/main`
   * @throws GitHubError 404
   * @see https://docs.github.com/en/rest/git/refs#get-a-reference
   */
  describe(repository: string, ref: string): Readonly<Record<string, unknown>> {
    const key = keyOf(repository, ref);
    const found = this.#fixed.get(key) ?? this.#pushed.get(key);
    if (found === undefined) throw notFound();
    const type = found.sha === found.commit ? "commit" : "tag";
    return { ref: `refs/${ref}`, object: { type, sha: found.sha } };
  }

  /** `GET /repos/{owner}/{repo}/git/tags/{tag_sha}`, for annotated tags. @throws GitHubError 404 */
  describeTag(repository: string, sha: string): Readonly<Record<string, unknown>> {
    const prefix = keyOf(repository, "tags/");
    const [key, found] =
      [...this.#fixed, ...this.#pushed].find(
        ([each, target]) => each.startsWith(prefix) && target.sha === sha && target.commit !== sha,
      ) ?? [];
    if (key === undefined || found === undefined) throw notFound();
    return { tag: key.slice(prefix.length), sha, object: { type: "commit", sha: found.commit } };
  }
}

const keyOf = (repository: string, ref: string): string => `${repository.toLowerCase()} ${ref}`;

const tagObjectOf = (name: string, sha: string): string =>
  createHash("sha1").update(`tag ${name} of ${sha}`).digest("hex");

function readPush(body: Buffer): v.InferOutput<typeof Push> | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Push), body.toString("utf8"));
  return parsed.success ? parsed.output : undefined;
}
