// What the address says is looked at, and what the browser remembers. Small, and without the rest of the page: it is read
// before that has come.

export type View = 'packets' | 'conversation' | 'graphs' | 'tables' | 'findings';

export const views: View[] = ['packets', 'conversation', 'graphs', 'tables', 'findings'];
export const usualColumns = ['number', 'time', 'source', 'destination', 'protocol', 'length', 'info'];

export interface Place {
  view: View;
  capture: number;
  filter: string;
  packet: number;
  stream: number;
  table: string;
  sort: string; // the list's column; with - before it, highest first
}

/** The place that an address's hash names. */
export function placeOf(hash: string): Place {
  const [name = '', query = ''] = hash.slice(1).split('?', 2);
  const given = new URLSearchParams(query);
  const number = (of: string): number => Math.max(0, Math.floor(Number(given.get(of) ?? 0)) || 0);
  return {
    view: views.find((v) => v === name) ?? 'packets',
    capture: number('capture'),
    filter: given.get('filter') ?? '',
    packet: number('packet'),
    stream: number('stream'),
    table: given.get('table') ?? 'conversations',
    sort: given.get('sort') ?? '',
  };
}

export function kept<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`lamna.${name}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(`lamna.${name}`, JSON.stringify(value));
  } catch {
    // private windows have no memory
  }
}
