import * as z from "zod/mini";

/**
 * A value that is not essential. It is left out if it is not as documented. Zod's `catch` could do the same, but it would
 * add 9 KB of zod's tools to a bundle.
 */
export const ornament = <S extends z.ZodMiniType>(schema: S) => {
  const orNothing = z.transform((value: unknown) => z.safeParse(schema, value).data);
  return z.optional(z.pipe(z.unknown(), orNothing));
};
