// The packets of one filter, page by page: those near what is shown are here, the others with the server.
import { ask, type ListState, type Page, Refusal, type Row } from './api';
import { type Arguments, listOf, PAGE, pageOf } from './first';

const KEPT = 60;
const AGAIN = 250; // milliseconds between two looks at how far reading is; fewer in the beginning

export class PacketList {
  state = $state<ListState>({ done: false, total: 0, scanned: 0, size: 0 });
  version = $state(0); // changes when rows come
  problem = $state('');
  rate = $state(0); // rows a second
  left = $state(0); // seconds until all is read; 0: not known
  private pages = new Map<number, Row[]>();
  private wanted = new Set<number>();
  private abort = new AbortController();
  private began = performance.now();

  constructor(
    readonly capture: number,
    readonly filter: string,
    readonly columns: string[],
    readonly sort = '',
  ) {
    void this.watch();
  }

  close(): void {
    this.abort.abort();
  }

  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Makes sure that the rows from `first` to `last` are here, soon. */
  need(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      const rows = this.pages.get(page)?.length ?? 0;
      const there = Math.min(PAGE, this.state.total - page * PAGE);
      if (there > rows && !this.wanted.has(page)) void this.fetch(page);
    }
  }

  /** Where in the list the packet is, or the next one that is in it. */
  async find(packet: number): Promise<number> {
    const answer = await ask<{ row: number; total: number }>('row', { ...this.question(), number: packet }, this.abort.signal);
    return answer.row;
  }

  async packetAt(index: number): Promise<number> {
    const here = this.row(index);
    if (here !== undefined) return here[0];
    const page = await this.get(index, 1, 0);
    return page.rows[0]?.[0] ?? 0;
  }

  private question(): Arguments {
    return listOf(this, this.columns);
  }

  private get(from: number, count: number, wait: number): Promise<Page> {
    return ask<Page>('packets', pageOf(this.question(), from, count, wait), this.abort.signal);
  }

  private take(page: Page): void {
    this.state = { done: page.done, total: page.total, scanned: page.scanned, size: page.size };
    this.problem = page.problem ?? '';
    const seconds = (performance.now() - this.began) / 1000;
    this.rate = seconds > 0 ? page.total / seconds : 0;
    const share = page.size > 0 ? page.scanned / page.size : 0;
    this.left = share > 0.01 && !page.done ? (seconds * (1 - share)) / share : 0;
  }

  private async fetch(page: number): Promise<void> {
    this.wanted.add(page);
    try {
      const answer = await this.get(page * PAGE, PAGE, 100);
      this.pages.set(page, answer.rows);
      for (const old of this.pages.keys()) {
        if (this.pages.size <= KEPT) break;
        this.pages.delete(old);
      }
      this.take(answer);
      this.version++;
    } catch (error) {
      this.fail(error);
    } finally {
      this.wanted.delete(page);
    }
  }

  private async watch(): Promise<void> {
    await this.fetch(0);
    for (let pause = 20; !this.state.done && !this.abort.signal.aborted; pause = Math.min(AGAIN, 2 * pause)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      try {
        this.take(await this.get(0, 0, 0));
      } catch (error) {
        this.fail(error);
        return;
      }
    }
  }

  private fail(error: unknown): void {
    if (this.abort.signal.aborted) return;
    this.problem = error instanceof Refusal ? error.message : String(error);
    this.state = { ...this.state, done: true };
  }
}
