/** What somebody typed as an address, in the signs that an address may have. Letters of every script are kept: the server decides. */
export const slugOf = (typed: string): string =>
  typed
    .trim()
    .normalize('NFKC')
    .toLocaleLowerCase('en')
    .replace(/^.*\/a\//, '')
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
