import type { Circuit, Clock, Store } from "./ports.ts";

/** More than five refused signatures in a row lock a key for five minutes; one more for clocks that differ. */
const openMillis = 6 * 60_000;

export interface CircuitOptions {
  store: Store;
  clock: Pick<Clock, "now">;
}

/** Whether this pass may call ServiceStage; `probing` when it is the one that tries whether the refusal is over. */
export type Passage =
  | { kind: "free" }
  | { kind: "probing"; circuit: Circuit }
  | { kind: "blocked"; reason: string };

/** Of all the ticks that find the circuit's time over, one wins the right to try. */
export async function enterCircuit({ store, clock }: CircuitOptions): Promise<Passage> {
  const circuit = await store.loadCircuit();
  if (!circuit) return { kind: "free" };
  const now = clock.now();
  const blocked: Passage = { kind: "blocked", reason: circuit.reason };
  if (circuit.openUntil > now) return blocked;
  const extended = { ...circuit, openUntil: now + openMillis };
  return (await store.openCircuit(extended, circuit)) ? { kind: "probing", circuit: extended } : blocked;
}

/** After refused credentials; the one who probes has extended the circuit already. */
export async function openCircuit(
  reason: string,
  passage: Passage,
  { store, clock }: CircuitOptions,
): Promise<void> {
  if (passage.kind === "free")
    await store.openCircuit({ openUntil: clock.now() + openMillis, reason }, undefined);
}

/** After an answer. */
export async function closeCircuit(passage: Passage, { store }: CircuitOptions): Promise<void> {
  if (passage.kind === "probing") await store.closeCircuit();
}
