import type { Feed } from "../../lambda/domain/feed.ts";
import { table } from "../../lambda/names.ts";
import { newItem } from "../../lambda/store/item.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { itemBytes, readUnits, writeUnits } from "./item-size.ts";

/** Counts DynamoDB's units for the reads and writes of one feed. They follow from the sizes of the stored items. */
export class CountingStore {
  writes = 0;
  writeUnits = 0;
  readUnits = 0;
  /** The feed as it was last written. */
  feed: Feed | undefined;
  readonly port: Store;

  constructor(store: Store) {
    this.port = {
      ...store,
      loadBuild: async (buildId) => this.#read(await store.loadBuild(buildId)),
      load: async (feed) => this.#read(await store.load(feed)),
      loadCircuit: () => store.loadCircuit(),
      save: async (...write) => this.#write(await store.save(...write)),
      register: async (build, replaced) => {
        const done = await store.register(build, replaced);
        if (done) this.#write(build);
        return done;
      },
    };
  }

  /** The size of the feed's entry in the index; 0 without an entry. */
  get indexBytes(): number {
    return this.feed ? indexBytesOf(this.feed) : 0;
  }

  get tableBytes(): number {
    return this.feed ? itemBytes(newItem(this.feed)) : 0;
  }

  #read<F extends Feed>(feed: F | undefined): F | undefined {
    this.readUnits += readUnits(feed ? itemBytes(newItem(feed)) : 0);
    return feed;
  }

  /** One write of the table. The index has a write too, if the feed has an entry before or after it. */
  #write<F extends Feed>(feed: F | undefined): F | undefined {
    if (!feed) return undefined;
    const { tableBytes, indexBytes } = this;
    this.feed = feed;
    const indexed = Math.max(indexBytes, this.indexBytes);
    this.writes += 1;
    this.writeUnits += writeUnits(Math.max(tableBytes, this.tableBytes));
    if (indexed > 0) this.writeUnits += writeUnits(indexed);
    return feed;
  }
}

function indexBytesOf(feed: Feed): number {
  const item = newItem(feed);
  if (item[table.indexKey] === undefined) return 0;
  const projected = [table.key, table.indexKey, ...table.indexedAttributes];
  return itemBytes(Object.fromEntries(projected.map((name) => [name, item[name]])));
}
