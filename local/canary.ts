/**
 * Every secret of the local system and of the tests carries this text. `npm test` fails when it is found in its
 * output: so whatever tells a secret is seen.
 */
export const canary = "c4narY7Zq2";
