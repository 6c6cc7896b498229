import type { Content } from "./limits.ts";

/** A button of a message, as the app made it. */
export interface Button {
  /** Slack makes one if the app gave none. */
  blockId: string;
  element: ButtonElement;
}

export interface ButtonElement {
  type?: unknown;
  action_id?: unknown;
  text?: unknown;
  value?: unknown;
  style?: unknown;
  /** Slack asks this before it sends the click. */
  confirm?: Record<"title" | "text" | "confirm" | "deny", unknown> & { style?: unknown };
}

interface AnyBlock {
  type?: unknown;
  block_id?: unknown;
  elements?: unknown;
}

/** The buttons of a message and of its attachments. */
export function buttonsIn({ blocks, attachments }: Content): Button[] {
  const all = [blocks, ...listOf<Content>(attachments).map((attachment) => attachment.blocks)].flatMap(
    (each) => listOf<AnyBlock>(each),
  );
  return all.flatMap(({ type, block_id, elements }, index) =>
    type === "actions"
      ? listOf<ButtonElement>(elements).map((element) => ({
          blockId: typeof block_id === "string" ? block_id : `block${index}`,
          element,
        }))
      : [],
  );
}

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
