import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { commitPage } from "../../lambda/domain/repository.ts";

const id = "4f1c9a27d1f04b3e6f27a5d0c0a3b9d8e7f61524";

test.each([
  ["https://github.com/example/shop.git", "GitHub", `https://github.com/example/shop/commit/${id}`],
  ["https://github.com/example/shop", undefined, `https://github.com/example/shop/commit/${id}`],
  ["https://gitee.com/example/shop.git", "Gitee", `https://gitee.com/example/shop/commit/${id}`],
  ["https://gitlab.com/a/b/c/shop.git", "Gitlab", `https://gitlab.com/a/b/c/shop/-/commit/${id}`],
  ["https://bitbucket.org/example/shop.git", "Bitbucket", `https://bitbucket.org/example/shop/commits/${id}`],
  ["git@github.com:example/shop.git", "GitHub", `https://github.com/example/shop/commit/${id}`],
  [
    "ssh://git@gitlab.example.com:2222/a/shop.git",
    "GitLab",
    `https://gitlab.example.com/a/shop/-/commit/${id}`,
  ],
  ["https://git.example.com:8443/a/shop/", "GitLab", `https://git.example.com:8443/a/shop/-/commit/${id}`],
  ["https://gitlab.example.com/a/shop.git", "DevCloud", `https://gitlab.example.com/a/shop/-/commit/${id}`],
  [
    "https://bitbucket.example.com/scm/key/shop.git",
    undefined,
    `https://bitbucket.example.com/projects/key/repos/shop/commits/${id}`,
  ],
  [
    "https://mei:Hunter2pw@github.com/example/shop.git",
    "GitHub",
    `https://github.com/example/shop/commit/${id}`,
  ],
  [
    "https://ghp_token@github.com/example/shop?token=a#b",
    "GitHub",
    `https://github.com/example/shop/commit/${id}`,
  ],
])("%s (%s) has its commits at %s", (repository, type, page) => {
  expect(commitPage(repository, type, id)).toBe(page);
});

test.each([
  ["https://codehub.example.com/example/shop.git", "DevCloud"],
  ["https://git.example.com/example/shop.git", undefined],
  ["http://github.com/example/shop.git", "GitHub"],
  ["git://github.com/example/shop.git", "GitHub"],
  ["javascript:alert(1)//github.com/a/b", "GitHub"],
  ["https://github.com/shop", "GitHub"],
  ["https://github.com/example/shop|<!channel>", "GitHub"],
  ["https://github.com/exa mple/<b>", "GitHub"],
  ["file:///github/a/b", "GitHub"],
  ["C:\\github\\shop", "GitHub"],
  [`https://github.com/${"a".repeat(300)}/shop`, "GitHub"],
  ["github", "GitHub"],
  ["", "GitHub"],
])("%s (%s) has no page that is known", (repository, type) => {
  expect(commitPage(repository, type, id)).toBeUndefined();
});

test.each(["", "HEAD", "4f1c", "../../x", `${id}/../..`, "g".repeat(40)])("%j is no commit", (commit) => {
  expect(commitPage("https://github.com/example/shop", "GitHub", commit)).toBeUndefined();
});

test("for any address, a page has https, no user or password, and nothing that ends a link", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("@", ":", "//", "|", ">", ".git"),
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 6 }),
      fc.constantFrom("https://", "ssh://", "git@", ""),
      (parts, start) => {
        const page = commitPage(`${start}u:p@github.com/a/${parts.join("")}`, "GitHub", id);
        if (page === undefined) return;
        expect(page).toMatch(/^https:\/\/[\w.-]+(:\d+)?(\/[\w.~-]+){4,}$/);
      },
    ),
  );
});
