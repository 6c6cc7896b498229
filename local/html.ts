/** Safe HTML. {@link html} makes it, and escapes what it puts in. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template's gap may contain. Undefined and false leave the gap empty. */
export type Content = Html | string | number | false | undefined | readonly Content[];

/** A template that escapes its gaps, for text and for quoted attributes. It does not escape {@link Html}. */
export const html = (parts: TemplateStringsArray, ...gaps: readonly Content[]): Html =>
  new Html(String.raw({ raw: parts }, ...gaps.map(renderContent)));

function renderContent(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(renderContent).join("");
  return String(content).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
