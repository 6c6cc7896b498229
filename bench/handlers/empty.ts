/** The least that Lambda can load. */
export const handler = async (): Promise<object> => ({});
