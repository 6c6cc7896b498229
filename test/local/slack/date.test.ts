import { expect, test } from "@jest/globals";
import { renderDate, renderTimeOfDay } from "../../../local/slack/date.ts";

const megabyte = 1024 * 1024;
const times = 3_000;

test("dates that are rendered again and again need no more memory", () => {
  const reader = { timeZone: "Europe/Berlin", locale: "en-GB", now: 0 };
  const renderAll = () => {
    renderDate("1795446000", "{date_short_pretty}, {time_secs} ({ago})", "a date", reader);
    renderTimeOfDay(1_795_446_000_000, reader);
  };
  renderAll();
  const before = process.memoryUsage().rss;
  for (let each = 0; each < times; each += 1) renderAll();
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * megabyte);
});
