// The tables, and what a row of each means as a filter.
import type { Cell, Table } from './api';
import type { Word } from './i18n';

export type Line = Record<string, Cell>;

export interface Kind {
  name: string;
  report: string;
  title: Word;
  choices?: { argument: 'layer' | 'by'; values: string[] };
  filter: (row: Line, choice: string) => string;
  stream?: (row: Line) => Cell | undefined;
  packet?: (row: Line) => Cell | undefined;
  hidden?: string[]; // columns that only a program wants
}

function address(value: Cell | undefined, side: '' | 'src' | 'dst' = ''): string {
  const text = String(value);
  const mac = /^(..:){5}..$/.test(text);
  if (mac) return `eth.${side || 'addr'} == ${text}`;
  return `${text.includes(':') ? 'ipv6' : 'ip'}.${side || 'addr'} == ${text}`;
}

function ends(row: Line, a: string, b: string, layer: string): string {
  const port = (value: Cell | undefined): string => (value == null ? '' : ` && ${layer}.port == ${value}`);
  return `${address(row[`address_${a}`])} && ${address(row[`address_${b}`])}${port(row[`port_${a}`])}${port(row[`port_${b}`])}`;
}

function exchange(row: Line): string {
  const packets = [row['request_packet'] ?? row['query_packet'], row['response_packet']].filter((p) => p != null);
  return `frame.number in {${packets.join(', ')}}`;
}

const layers = ['ip', 'eth', 'tcp', 'udp'];

export const kinds: Kind[] = [
  {
    name: 'conversations', report: 'conversations', title: 'conversations', choices: { argument: 'layer', values: layers },
    filter: (row, layer) => ends(row, 'a', 'b', layer),
  },
  {
    name: 'endpoints', report: 'endpoints', title: 'endpoints', choices: { argument: 'layer', values: layers },
    filter: (row, layer) => address(row['address']) + (row['port'] == null ? '' : ` && ${layer}.port == ${row['port']}`),
  },
  { name: 'protocols', report: 'protocols', title: 'protocols', filter: (row) => String(row['protocol']) },
  { name: 'tcp', report: 'tcp', title: 'tcp', filter: (row) => `tcp.stream == ${row['stream']}`, stream: (row) => row['stream'] },
  {
    name: 'http', report: 'http', title: 'http', choices: { argument: 'by', values: ['exchange', 'connection', 'host'] },
    filter: (row, by) => (by === 'exchange' ? exchange(row) : by === 'connection' ? `tcp.stream == ${row['stream']}` : `http.host == "${row['host']}"`),
    stream: (row) => row['stream'],
    packet: (row) => row['request_packet'],
    hidden: ['client_port', 'server_port', 'request_header', 'response_header', 'request_time'],
  },
  {
    name: 'dns', report: 'dns', title: 'dns', choices: { argument: 'by', values: ['exchange', 'name', 'summary'] },
    filter: (row, by) => (by === 'exchange' ? exchange(row) : by === 'name' ? `dns.qry.name == "${row['name']}"` : 'dns'),
    packet: (row) => row['query_packet'],
  },
];

/** Sorted by a column; what is not known comes last. */
export function sorted(table: Table, column: string, down: boolean): Line[] {
  if (column === '') return table.rows;
  const sign = down ? -1 : 1;
  return [...table.rows].sort((a, b) => {
    const [x, y] = [a[column] ?? null, b[column] ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}

/** Of numbers that add up or compare: the largest, against which bars are drawn. */
export function largest(table: Table, column: string): number {
  return table.rows.reduce((most, row) => Math.max(most, Number(row[column] ?? 0)), 0);
}
