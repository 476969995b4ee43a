/** In place of `uuid`, of which PouchDB uses version 4 alone: every browser that can run Sotto makes these itself. */
export const v4 = (): string => crypto.randomUUID();
