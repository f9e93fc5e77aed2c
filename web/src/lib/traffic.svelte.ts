// What the interfaces carry while somebody looks: packets a second, one figure each half second.
import { ask, type Interface } from './api';

const EACH = 500; // milliseconds
const KEPT = 40;

export class Traffic {
  interfaces = $state.raw<Interface[]>();
  rates = $state.raw<Record<string, number[]>>({});
  private ended = false;
  private at = 0;

  constructor(private failed: (error: unknown) => void) {
    void this.watch();
  }

  close(): void {
    this.ended = true;
  }

  private take(now: Interface[]): void {
    const seconds = (performance.now() - this.at) / 1000;
    const before = new Map(this.interfaces?.map((one) => [one.name, one.packets]));
    const rates: Record<string, number[]> = {};
    for (const { name, packets } of now) {
      const was = before.get(name);
      if (packets === undefined) continue;
      const list = this.rates[name] ?? [];
      rates[name] = was === undefined ? list : [...list, Math.max(0, packets - was) / seconds].slice(-KEPT);
    }
    this.at = performance.now();
    this.rates = rates;
    this.interfaces = now;
  }

  private async watch(): Promise<void> {
    while (!this.ended) {
      try {
        this.take((await ask<{ interfaces: Interface[] }>('interfaces')).interfaces);
      } catch (error) {
        this.failed(error);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, EACH));
    }
  }
}
