/** The numbers of one page of a list, as far as ServiceStage gives them. */
export interface PageNumbers {
  /** How many entries the whole list has. */
  total: number | undefined;
  /** How many entries a page has. */
  perPage: number | undefined;
  /** From 1. */
  page: number;
  /** How many entries this page really has. */
  listed: number;
}

/** What the calls ask for. */
export const entriesPerPage = 100;
/** What a page has if ServiceStage ignores the requested number. */
const defaultPerPage = 20;
/** No list is longer: 100,000 entries in pages of 20. */
const pagesAtMost = 5_000;

/**
 * How many pages the list has. A number that contradicts what is really listed is not believed. In doubt the
 * number is one too high. An empty page costs one call, but a page that is not read means missed builds.
 */
export function pagesOf(numbers: PageNumbers): number {
  const { total, page, listed } = numbers;
  if (listed === 0) return page;
  const size = sizeOf(numbers);
  const isTotalTrue = total !== undefined && total >= (page - 1) * size + listed;
  return Math.min(pagesAtMost, isTotalTrue ? Math.ceil(total / size) : page + 1);
}

/** How many entries a full page has: with the right number, this page is full, or it is exactly the rest. */
function sizeOf({ total, perPage, page, listed }: PageNumbers): number {
  const fits = (size: number) => listed === size || (listed < size && (page - 1) * size + listed === total);
  return [perPage ?? entriesPerPage, entriesPerPage, defaultPerPage].find(fits) ?? listed;
}
