/** HTML as text that is known to be safe: made by {@link html} of parts that it escapes. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template's gaps; what is absent or false leaves nothing. */
export type Content = Html | string | number | false | undefined | readonly Content[];

/** A template whose gaps are escaped, in text and in quoted attributes; HTML made by it stays as it is. */
export const html = (parts: TemplateStringsArray, ...gaps: readonly Content[]): Html =>
  new Html(String.raw({ raw: parts }, ...gaps.map(renderContent)));

function renderContent(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(renderContent).join("");
  return String(content).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
