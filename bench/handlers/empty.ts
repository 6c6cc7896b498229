/** The smallest handler that Lambda can load. */
export const handler = async (): Promise<object> => ({});
