import type { SecretSearch } from './secret-search.js';

let search: SecretSearch | undefined;

/** The search that runs over the whole suite. */
export function setSearch(one: SecretSearch): void {
  search = one;
}

/** Something was shown that the search cannot see of itself: what another process prints. */
export function shown(text: string): void {
  search?.line(text, 'elsewhere');
}
