import type { Claim, ClaimStore } from '@sotto/store';

const PAGE = 256;

/** Every confirmed claim under a prefix, a page at a time. */
export async function* all(claims: ClaimStore, prefix: string): AsyncGenerator<Claim> {
  let after: string | undefined;
  for (;;) {
    const page = await claims.list({ prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < PAGE || after === undefined) return;
  }
}
