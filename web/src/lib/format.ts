// Numbers for people.

const whole = new Intl.NumberFormat('en');

export function count(n: number): string {
  return whole.format(n);
}

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 ? n : n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0)} ${units[unit]}`;
}

/** Seconds as "1.235 s", "56.0 ms", "7.0 µs". */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= 120) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (size >= 1) return `${seconds.toFixed(3)} s`;
  if (size >= 1e-3) return `${(seconds * 1e3).toFixed(1)} ms`;
  return `${(seconds * 1e6).toFixed(1)} µs`;
}

/** Seconds since 1970 as "2023-11-14 22:13:20.000300", in this machine's time zone. */
export function moment(seconds: number): string {
  const all = Math.round(seconds * 1e6); // what a number holds of a time since 1970
  const date = new Date(Math.floor(all / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const micros = String(all % 1e6).padStart(6, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`
  );
}

export function cell(value: string | number | null, type: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (type === 'bytes') return bytes(value);
  if (type === 'count') return count(value);
  if (type === 'duration') return duration(value);
  if (type === 'time') return moment(value);
  return Number.isInteger(value) ? count(value) : value.toPrecision(4);
}
