import { createHash } from "node:crypto";
import type { GitHubScenario } from "../../scenario/github-scenario.ts";

/** What GitHub knows about a repository itself. */
export class Repositories {
  readonly #known: GitHubScenario["repositories"];

  constructor({ repositories }: Pick<GitHubScenario, "repositories">) {
    this.#known = repositories;
  }

  /** Where GitHub redirects requests for the old name of a repository; undefined for a name that is in use. */
  redirected(path: string): string | undefined {
    const [, name = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(path) ?? [];
    const known = this.#known.find((one) => isSame(one.name, name));
    return known?.renamedTo === undefined ? undefined : `/repositories/${this.idOf(known.renamedTo)}${rest}`;
  }

  /** GitHub also accepts ids in place of names: the path with the repository's name. */
  named(path: string): string {
    const [, id = "", rest = ""] = /^\/repositories\/(\d+)(.*)$/.exec(path) ?? [];
    const found = this.#known
      .flatMap(({ name, renamedTo }) => (renamedTo === undefined ? [name] : [renamedTo]))
      .find((name) => String(this.idOf(name)) === id);
    return found === undefined ? path : `/repos/${found}${rest}`;
  }

  /** `GET /repos/{owner}/{repo}`, as far as clients need it. */
  describe(repository: string): Readonly<Record<string, unknown>> {
    const name = this.#known.find((one) => isSame(one.name, repository))?.name ?? repository;
    const [login = "", short = ""] = name.split("/");
    const ownerId = this.#known.find((one) => one.name === name)?.ownerId ?? idFrom(login);
    return { id: this.idOf(name), name: short, full_name: name, private: true, owner: { login, id: ownerId } };
  }

  /** A renamed repository keeps its id. */
  idOf(name: string): number {
    const known =
      this.#known.find((one) => isSame(one.name, name)) ?? this.#known.find(({ renamedTo }) => renamedTo === name);
    return known?.id ?? idFrom(known?.name ?? name);
  }
}

/** GitHub's names do not differ by upper and lower case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const idFrom = (name: string): number => createHash("sha1").update(name).digest().readUInt32BE(0);
