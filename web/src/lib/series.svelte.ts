// The lines of the graph over time.
import { keep } from './state.svelte';

export interface Series {
  name: string;
  text: string;
}

const usual: Series[] = [
  { name: 'packets', text: 'packets' },
  { name: 'errors', text: 'tcp.analysis.flags' },
];

function remembered(): Series[] {
  try {
    return (JSON.parse(localStorage.getItem('lamna.series') ?? 'null') as Series[] | null) ?? usual;
  } catch {
    return usual;
  }
}

export const series = $state({ list: remembered() });

export function setSeries(list: Series[]): void {
  series.list = list;
  keep('series', list);
}

/** One more line: the mean of that field. */
export function plotField(field: string): void {
  const text = `avg(${field})`;
  if (series.list.some((s) => s.text === text)) return;
  setSeries([...series.list, { name: field.replace(/[^A-Za-z0-9_-]/g, '_'), text }]);
}
