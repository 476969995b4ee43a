/**
 * In place of `pouchdb-json`, which brings a second JSON parser for revision trees too deep for the built-in one. Sotto's
 * keep one revision; what is too deep all the same throws RangeError.
 */
export const safeJsonParse = (text: string): unknown => JSON.parse(text);
export const safeJsonStringify = (value: unknown): string => JSON.stringify(value);
