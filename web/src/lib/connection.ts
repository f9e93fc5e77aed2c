// The packets of a TCP connection as points of a graph.
import { ask, type Page } from './api';
import type { Line } from '../parts/Plot.svelte';

const PAGE = 1000;
const MOST = 20_000;
const columns = [
  'frame.time_relative', 'source', 'tcp.srcport', 'tcp.seq', 'tcp.len', 'tcp.ack', 'tcp.window_size',
  'tcp.analysis.ack_rtt', 'tcp.analysis.bytes_in_flight',
].join(',');

export interface Point {
  time: number;
  server: boolean;
  seq: number | null;
  length: number;
  ack: number | null;
  window: number | null;
  rtt: number | null;
  flight: number | null;
}

function number(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number(text.split(',')[0]);
}

export async function pointsOf(capture: number, stream: number, signal: AbortSignal): Promise<Point[]> {
  const points: Point[] = [];
  const filter = `tcp.stream == ${stream}`;
  let first = '';
  for (let from = 0; from < MOST; from += PAGE) {
    const page = await ask<Page>('packets', { capture, filter, columns, from, count: PAGE, wait: 10000 }, signal);
    for (const [, , time, source, port, seq, length, ack, window, rtt, flight] of page.rows) {
      first ||= `${source} ${port}`;
      points.push({
        time: number(time) ?? 0, server: `${source} ${port}` !== first, seq: number(seq), length: number(length) ?? 0,
        ack: number(ack), window: number(window), rtt: number(rtt), flight: number(flight),
      });
    }
    if (page.rows.length < PAGE) break;
  }
  return points;
}

export type Graph = 'sequence' | 'roundTrip' | 'throughput' | 'windowSize';

function line(name: string, colour: string, kind: Line['kind'], points: Point[], value: (p: Point) => number | null): Line {
  return { name, colour, kind, values: points.map(value) };
}

/** Bytes a second of each end, in bins such that there are about 60. */
function throughput(points: Point[], names: [string, string]): { x: number[]; lines: Line[] } {
  const start = points[0]?.time ?? 0;
  const width = Math.max(1e-6, ((points.at(-1)?.time ?? 0) - start) / 60);
  const sums: [number[], number[]] = [Array<number>(61).fill(0), Array<number>(61).fill(0)];
  for (const p of points) {
    const bin = Math.min(60, Math.floor((p.time - start) / width));
    const side = sums[p.server ? 1 : 0];
    side[bin] = (side[bin] ?? 0) + p.length / width;
  }
  const colours = ['--client', '--server'];
  return { x: sums[0].map((_, i) => start + i * width), lines: sums.map((values, i) => ({ name: names[i]!, colour: colours[i]!, kind: 'steps', values })) };
}

/** What is drawn of it. Of sequence numbers, those of one end (`server`) with what the other acknowledges and offers, as
 * tcptrace does. */
export function graph(kind: Graph, points: Point[], server: boolean, names: [string, string]): { x: number[]; lines: Line[] } {
  const x = points.map((p) => p.time);
  if (kind === 'throughput') return throughput(points, names);
  if (kind === 'roundTrip')
    return {
      x,
      lines: [line(names[0], '--client', 'points', points, (p) => (p.server ? p.rtt : null)),
        line(names[1], '--server', 'points', points, (p) => (p.server ? null : p.rtt))],
    };
  if (kind === 'windowSize')
    return {
      x,
      lines: [line(`${names[0]}: window`, '--client', 'steps', points, (p) => (p.server ? null : p.window)),
        line(`${names[1]}: window`, '--server', 'steps', points, (p) => (p.server ? p.window : null)),
        line('in flight', '--odd', 'points', points, (p) => p.flight)],
    };
  return {
    x,
    lines: [line('seq', server ? '--server' : '--client', 'points', points, (p) => (p.server === server && p.length > 0 ? p.seq : null)),
      line('ack', '--good', 'steps', points, (p) => (p.server !== server ? p.ack : null)),
      line('ack + window', '--muted', 'steps', points, (p) => (p.server !== server && p.ack !== null && p.window !== null ? p.ack + p.window : null))],
  };
}
