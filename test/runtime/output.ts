import { afterEach, beforeEach, jest } from "@jest/globals";

/** Catches what each test of the file writes to standard output and standard error. @returns the lines of the test */
export function catchOutput(): string[] {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  });
  afterEach(() => void jest.restoreAllMocks());
  return lines;
}
