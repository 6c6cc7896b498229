import { feedId, type Feed } from "../../lambda/domain/feed.ts";
import { table } from "../../lambda/names.ts";
import { itemOfEnds } from "../../lambda/store/ends.ts";
import { newItem } from "../../lambda/store/item.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { itemBytes, readUnits, writeUnits } from "./item-size.ts";

/** Counts DynamoDB's units for the reads and writes of single items. They follow from the sizes of the stored items. */
export class CountingStore {
  writes = 0;
  writeUnits = 0;
  readUnits = 0;
  /** The feeds as they were last written, by their ids. */
  readonly feeds = new Map<string, Feed>();
  readonly port: Store;

  constructor(store: Store) {
    this.port = {
      ...store,
      loadBuild: async (buildId, channel) => this.#read(await store.loadBuild(buildId, channel)),
      load: async (feed) => this.#read(await store.load(feed)),
      loadEnds: async (jobId, channel) => {
        const ends = await store.loadEnds(jobId, channel);
        this.readUnits += readUnits(ends ? itemBytes(itemOfEnds(ends, 0)) : 0);
        return ends;
      },
      saveEnds: async (ends) => {
        this.writes += 1;
        this.writeUnits += writeUnits(itemBytes(itemOfEnds(ends, 0)));
        return store.saveEnds(ends);
      },
      loadCircuit: () => store.loadCircuit(),
      save: async (...write) => this.#write(await store.save(...write)),
      register: async (feed, replaced) => {
        const done = await store.register(feed, replaced);
        if (done) this.#write(feed);
        return done;
      },
    };
  }

  #read<F extends Feed>(feed: F | undefined): F | undefined {
    this.readUnits += readUnits(feed ? tableBytesOf(feed) : 0);
    return feed;
  }

  /** One write of the table. The index has a write too, if the feed has an entry before or after it. */
  #write<F extends Feed>(feed: F | undefined): F | undefined {
    if (!feed) return undefined;
    const before = this.feeds.get(feedId(feed));
    this.feeds.set(feedId(feed), feed);
    const larger = (bytesOf: (feed: Feed) => number) => Math.max(before ? bytesOf(before) : 0, bytesOf(feed));
    const indexed = larger(indexBytesOf);
    this.writes += 1;
    this.writeUnits += writeUnits(larger(tableBytesOf));
    if (indexed > 0) this.writeUnits += writeUnits(indexed);
    return feed;
  }
}

export const tableBytesOf = (feed: Feed): number => itemBytes(newItem(feed));

/** The size of the feed's entry in the index; 0 without an entry. */
export function indexBytesOf(feed: Feed): number {
  const item = newItem(feed);
  if (item[table.indexKey] === undefined) return 0;
  const projected = [table.key, table.sortKey, table.indexKey, ...table.indexedAttributes];
  return itemBytes(Object.fromEntries(projected.map((name) => [name, item[name]])));
}
