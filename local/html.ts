/** HTML that is known to be safe, because {@link html} has escaped its parts. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A value for a gap of a template. A missing or false value leaves the gap empty. */
export type Content = Html | string | number | false | undefined | readonly Content[];

/** A template for HTML. It escapes the values in its gaps, in text and in quoted attributes. It does not escape {@link Html}. */
export const html = (parts: TemplateStringsArray, ...gaps: readonly Content[]): Html =>
  new Html(String.raw({ raw: parts }, ...gaps.map(renderContent)));

function renderContent(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(renderContent).join("");
  return String(content).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
