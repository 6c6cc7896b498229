/** Where a build's source code is, as far as a link to it can be relied on. */

const lengthAtMost = 300;

/**
 * The page of a commit. `repository` is an address as Git takes it, with https or SSH. Undefined for an address that does not
 * parse, for one without https, and if the pattern of the host's pages is not known. A user or password in the address is
 * never part of the page's.
 * @param type ServiceStage's word for the kind of host, such as `GitHub`; its host may be a company's own
 */
export function commitPage(
  repository: string,
  type: string | undefined,
  commitId: string,
): string | undefined {
  const place = placeOf(repository);
  if (!place || !/^[0-9a-f]{7,64}$/i.test(commitId)) return undefined;
  const page = patterns[kindOf(type ?? "") ?? kindOf(place.host) ?? "none"]?.(place.path, commitId);
  const url = `https://${place.host}/${page}`;
  return page === undefined || url.length > lengthAtMost ? undefined : url;
}

type Kind = "github" | "gitlab" | "gitee" | "bitbucket";

const kinds: readonly Kind[] = ["github", "gitlab", "gitee", "bitbucket"];

/** A company's own host usually has the kind in its name, such as gitlab.example.com. */
const kindOf = (name: string): Kind | undefined => kinds.find((kind) => name.toLowerCase().includes(kind));

const patterns: Record<Kind | "none", (path: string, commitId: string) => string | undefined> = {
  github: (path, commitId) => `${path}/commit/${commitId}`,
  gitlab: (path, commitId) => `${path}/-/commit/${commitId}`,
  gitee: (path, commitId) => `${path}/commit/${commitId}`,
  bitbucket: (path, commitId) => `${projectOf(path)}/commits/${commitId}`,
  none: () => undefined,
};

/** A company's own Bitbucket has the repository at `scm/key/name`, and its pages at `projects/key/repos/name`. */
const projectOf = (path: string): string => path.replace(/^scm\/([^/]+)\/([^/]+)$/, "projects/$1/repos/$2");

interface Place {
  host: string;
  /** At least two parts, without a slash at either end. */
  path: string;
}

/** `git@host:group/name.git` is the same repository as `https://host/group/name`. */
const shortSsh = /^[\w.-]{1,100}@([\w.-]{1,253}):(?!\/)(.+)$/;

function placeOf(repository: string): Place | undefined {
  const [, sshHost, sshPath] = shortSsh.exec(repository) ?? [];
  const url = URL.parse(sshHost === undefined ? repository : `ssh://${sshHost}/${sshPath}`);
  if (!url || (url.protocol !== "https:" && url.protocol !== "ssh:")) return undefined;
  // The port of an address with SSH is not the port of the pages.
  const host = url.protocol === "https:" ? url.host : url.hostname;
  const path = url.pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return /^[\w.-]+(:\d+)?$/.test(host) && /^[\w.~-]+(\/[\w.~-]+)+$/.test(path) ? { host, path } : undefined;
}
