/**
 * A parameter of the next page's address in a `Link` header; undefined on the last page. With `cursor`:
 * `<https://…?cursor=v1_12>; rel="next", <…>; rel="prev"` → `v1_12`
 */
export function nextPage(link: string, parameter: "cursor" | "page"): string | undefined {
  const url = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return url === undefined ? undefined : (new URL(url).searchParams.get(parameter) ?? undefined);
}
