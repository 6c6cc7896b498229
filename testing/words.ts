import type { Build } from "../lambda/domain/build.ts";
import type { Message } from "../lambda/domain/delivery.ts";

/** The text of a card and of a message: a short one for tests, or the text that people see. */
export interface Words {
  card(build: Build): string;
  /** @param key the message's key when it was recorded */
  message(key: string, message: Message): string;
}

/** A card shows what was done with its buttons. */
const sayCard = ({ status, snapshot, slowSince, toldActions = 0 }: Build): string =>
  `${status}${slowSince === undefined ? "" : ", slow"}: ${snapshot.map(({ name, state }) => `${name} ${state}`).join(", ")}${toldActions > 0 ? ` after click ${toldActions}` : ""}`;

function sayMessage(message: Message): string {
  const transitions =
    message.kind === "caughtUp"
      ? message.transitions
      : message.kind === "transition"
        ? [message.transition]
        : [];
  if (message.kind === "action") return `${message.action} ${message.result}`;
  return transitions.length > 0
    ? transitions.map(({ phase, from, to }) => `${phase} ${from} → ${to}`).join(", ")
    : message.kind;
}

/** Shows each change with both of its states, so that a wrong state is noticed. */
export const shortWords: Words = { card: sayCard, message: (_key, message) => sayMessage(message) };
