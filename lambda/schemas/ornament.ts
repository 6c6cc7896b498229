import * as z from "zod/mini";

/**
 * What a message can do without: it is left out where it is not as documented. Zod's `catch` would say the same, but
 * brings every function of zod's own tools along, which is 9 KB of a bundle.
 */
export const ornament = <S extends z.ZodMiniType>(schema: S) => {
  const orNothing = z.transform((value: unknown) => z.safeParse(schema, value).data);
  return z.optional(z.pipe(z.unknown(), orNothing));
};
