/** Node strips the types itself: the tests run the very files that are deployed, with their line numbers. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/strip-types.mjs" },
  testTimeout: 60_000,
  // By default it is in the temporary folder, where the tests leave nothing.
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  // By default jest leaves one processor idle, and a worker keeps what it loaded: CDK alone is half a gigabyte.
  maxWorkers: 2,
  workerIdleMemoryLimit: "1500MB",
};
