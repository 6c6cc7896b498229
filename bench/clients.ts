import { Agent, get } from "node:http";
import { Pool } from "undici";

/** The ways to GET a text that are compared. A client is made for one origin and keeps its connections. */
export const clients = {
  fetch: (origin: string) => async (path: string) => (await fetch(origin + path)).text(),

  "node:http": (origin: string) => {
    const agent = new Agent({ keepAlive: true });
    return (path: string) =>
      new Promise<string>((resolve, reject) => {
        get(origin + path, { agent }, (answer) => {
          let body = "";
          answer.setEncoding("utf8").on("data", (chunk) => (body += chunk));
          answer.on("end", () => resolve(body)).on("error", reject);
        }).on("error", reject);
      });
  },

  undici: (origin: string) => {
    const pool = new Pool(origin);
    return async (path: string) => (await pool.request({ method: "GET", path })).body.text();
  },
};

export type ClientName = keyof typeof clients;
