import type { Build } from "../lambda/domain/build.ts";
import type { Message } from "../lambda/domain/delivery.ts";

/** What a card and a message say in Slack: in short, or as they are rendered for people. */
export interface Words {
  card(build: Build): string;
  /** By the key under which it was recorded. */
  message(key: string, message: Message): string;
}

const sayCard = ({ status, snapshot }: Build): string =>
  `${status}: ${snapshot.map(({ name, state }) => `${name} ${state}`).join(", ")}`;

function sayMessage(message: Message): string {
  const transitions =
    message.kind === "caughtUp"
      ? message.transitions
      : message.kind === "transition"
        ? [message.transition]
        : [];
  return transitions.length > 0
    ? transitions.map(({ phase, from, to }) => `${phase} ${from} → ${to}`).join(", ")
    : message.kind;
}

/** Every change with both of its states, so that a wrong one is seen. */
export const shortWords: Words = { card: sayCard, message: (_key, message) => sayMessage(message) };
