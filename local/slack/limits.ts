/**
 * The reasons for which Slack refuses a message, if they are documented, for the blocks that the product uses:
 * https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/methods/chat.postMessage
 */

export interface Fault {
  /** Slack's error code. */
  error: string;
  /** Slack's text in `response_metadata.messages`. */
  detail: string;
}

export interface Content {
  text?: unknown;
  blocks?: unknown;
  attachments?: unknown;
}

export const limits = {
  text: 4_000,
  header: 150,
  section: 3_000,
  sectionFields: 10,
  field: 2_000,
  contextElements: 10,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  actionId: 255,
  /** Of a button's dialog. */
  confirm: { title: 100, text: 300, confirm: 30, deny: 30 },
  tableRows: 100,
  tableColumns: 20,
  blocks: 50,
  attachments: 100,
  /** Slack refused a payload of about 13,200 characters. */
  payload: 13_000,
};

/** The faults in the order of the message. Empty if Slack accepts the message. */
export function findFaults({ text, blocks, attachments }: Content): Fault[] {
  const payload = JSON.stringify({ text, blocks, attachments }).length;
  return [
    ...faultIf(!text && !isFilled(blocks) && !isFilled(attachments), "no_text", "nothing to show"),
    ...faultIf(text !== undefined && typeof text !== "string", "invalid_arguments", "text is not a string"),
    ...faultIf(
      typeof text === "string" && text.length > limits.text,
      "msg_too_long",
      `text over ${limits.text}`,
    ),
    ...faultsOfBlocks(blocks ?? [], "/blocks"),
    ...faultsOfAttachments(attachments ?? []),
    ...faultIf(tablesIn(blocks) > 1, "invalid_blocks", "only one table is allowed"),
    ...faultIf(payload > limits.payload, "msg_blocks_too_long", `${payload} characters in all`),
  ];
}

const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

const faultIf = (wrong: boolean, error: string, detail: string): Fault[] =>
  wrong ? [{ error, detail }] : [];

function faultsOfAttachments(attachments: unknown): Fault[] {
  if (!Array.isArray(attachments)) return [{ error: "invalid_attachments", detail: "not a list" }];
  return [
    ...faultIf(attachments.length > limits.attachments, "too_many_attachments", `${attachments.length}`),
    ...attachments.flatMap((attachment: { blocks?: unknown }, index) =>
      faultsOfBlocks(attachment.blocks ?? [], `/attachments/${index}/blocks`),
    ),
  ];
}

const tablesIn = (blocks: unknown): number =>
  Array.isArray(blocks) ? blocks.filter(({ type }: AnyBlock) => type === "table").length : 0;

interface AnyBlock {
  type?: unknown;
  rows?: unknown;
  text?: unknown;
  fields?: unknown;
  elements?: unknown;
}

function faultsOfBlocks(blocks: unknown, path: string): Fault[] {
  if (!Array.isArray(blocks)) return [invalid(path, "not a list")];
  if (blocks.length > limits.blocks) return [invalid(path, `no more than ${limits.blocks} items allowed`)];
  return blocks.flatMap((block: AnyBlock, index) => faultsOfBlock(block, `${path}/${index}`));
}

function faultsOfBlock({ type, text, fields, elements, rows }: AnyBlock, path: string): Fault[] {
  switch (type) {
    case "divider":
      return [];
    case "header":
      return faultsOfText(text, ["plain_text"], limits.header, `${path}/text`);
    case "section":
      return [
        ...(text === undefined && fields !== undefined
          ? []
          : faultsOfText(text, ["mrkdwn", "plain_text"], limits.section, `${path}/text`)),
        ...(fields === undefined ? [] : faultsOfFields(fields, `${path}/fields`)),
      ];
    case "context":
      return faultsOfElements(elements, `${path}/elements`);
    case "table":
      return faultsOfRows(rows, `${path}/rows`);
    case "actions":
      return faultsOfButtons(elements, `${path}/elements`);
    default:
      return [invalid(path, `unsupported type: ${String(type)}`)];
  }
}

function faultsOfFields(fields: unknown, path: string): Fault[] {
  if (!Array.isArray(fields) || fields.length === 0) return [invalid(path, "missing")];
  if (fields.length > limits.sectionFields) return [invalid(path, "too many fields")];
  return fields.flatMap((field, index) =>
    faultsOfText(field, ["mrkdwn", "plain_text"], limits.field, `${path}/${index}`),
  );
}

function faultsOfElements(elements: unknown, path: string): Fault[] {
  if (!Array.isArray(elements) || elements.length === 0) return [invalid(path, "missing")];
  if (elements.length > limits.contextElements) return [invalid(path, "too many elements")];
  return elements.flatMap((element, index) =>
    faultsOfText(element, ["mrkdwn", "plain_text"], limits.section, `${path}/${index}`),
  );
}

interface AnyButton {
  type?: unknown;
  text?: unknown;
  action_id?: unknown;
  value?: unknown;
  confirm?: Record<string, unknown>;
}

/** Of all interactive elements, the product uses only buttons. */
function faultsOfButtons(elements: unknown, path: string): Fault[] {
  if (!Array.isArray(elements) || elements.length === 0) return [invalid(path, "missing")];
  if (elements.length > limits.actionsElements) return [invalid(path, "too many elements")];
  const ids = elements.map(({ action_id }: AnyButton) => action_id);
  if (new Set(ids).size < ids.length) return [invalid(path, "action_id is not unique in its block")];
  return elements.flatMap((element: AnyButton, index) => faultsOfButton(element, `${path}/${index}`));
}

function faultsOfButton({ type, text, action_id, value, confirm }: AnyButton, path: string): Fault[] {
  if (type !== "button") return [invalid(path, `unsupported type: ${String(type)}`)];
  const isText = (given: unknown, most: number) => typeof given === "string" && given.length <= most;
  const parts = Object.entries(limits.confirm);
  return [
    ...faultsOfText(text, ["plain_text"], limits.buttonText, `${path}/text`),
    ...(isText(action_id, limits.actionId) ? [] : [invalid(`${path}/action_id`, "must be a short text")]),
    ...(isText(value, limits.buttonValue) ? [] : [invalid(`${path}/value`, "must be a short text")]),
    ...(confirm ? parts : []).flatMap(([part, most]) =>
      faultsOfText(confirm?.[part], ["plain_text", "mrkdwn"], most, `${path}/confirm/${part}`),
    ),
  ];
}

function faultsOfRows(rows: unknown, path: string): Fault[] {
  if (!Array.isArray(rows) || rows.length === 0) return [invalid(path, "missing")];
  if (rows.length > limits.tableRows) return [invalid(path, `no more than ${limits.tableRows} rows`)];
  return rows.flatMap((cells: unknown, row) => {
    if (!Array.isArray(cells) || cells.length === 0) return [invalid(`${path}/${row}`, "missing")];
    if (cells.length > limits.tableColumns) return [invalid(`${path}/${row}`, "too many cells")];
    return cells.flatMap((cell, column) =>
      faultsOfText(cell, ["raw_text"], limits.section, `${path}/${row}/${column}`),
    );
  });
}

function faultsOfText(value: unknown, types: string[], maxChars: number, path: string): Fault[] {
  const { type, text } = (value ?? {}) as { type?: unknown; text?: unknown };
  if (!types.includes(String(type))) return [invalid(path, `must be of type ${types.join(" or ")}`)];
  if (typeof text !== "string" || text === "") return [invalid(path, "must have text")];
  return text.length > maxChars ? [invalid(path, `must be less than ${maxChars + 1} characters`)] : [];
}

const invalid = (path: string, what: string): Fault => ({
  error: "invalid_blocks",
  detail: `[ERROR] ${what} [json-pointer:${path}]`,
});
