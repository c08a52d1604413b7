import type { GitHubScenario } from "../../scenario/github-scenario.ts";
import { notInLocalAws } from "../../protocol/errors.ts";

type TagPage = { status: number; body: readonly unknown[]; headers: Readonly<Record<string, string>> };

/**
 * `GET /repos/{owner}/{repo}/tags`: in pages by the `Link` header.
 *
 * @param tags of one repository
 * @see https://docs.github.com/en/rest/repos/repos#list-repository-tags
 */
export function listTags(tags: GitHubScenario["tags"], url: URL): TagPage {
  const { searchParams: query } = url;
  const unknown = [...query.keys()].find((name) => !["per_page", "page"].includes(name));
  if (unknown !== undefined) throw notInLocalAws(`the parameter ${unknown} of GitHub's tags`);
  const [size, page] = [Math.min(100, Number(query.get("per_page") ?? 30)), Number(query.get("page") ?? 1)];
  const hasMore = page * size < tags.length;
  query.set("page", String(page + 1));
  return {
    status: 200,
    body: tags.slice((page - 1) * size, page * size).map(({ name, sha }) => ({ name, commit: { sha } })),
    headers: hasMore ? { link: `<${url.href}>; rel="next"` } : {},
  };
}
