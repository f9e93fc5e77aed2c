// What the tests of the page share: a browser, and checks that say what they saw.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.LAMNA_ROOT, 'web', 'package.json'));
const { chromium } = require('playwright-core');

let failed = 0;

export function same(what, got, expected) {
  const equal = JSON.stringify(got) === JSON.stringify(expected);
  console.log(equal ? `ok: ${what}` : `not ok: ${what}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
  failed += equal ? 0 : 1;
}

export function holds(what, condition) {
  same(what, Boolean(condition), true);
}

/** Waits until the function gives what is expected. */
export async function becomes(what, look, expected) {
  const until = Date.now() + 10000;
  let got;
  do {
    got = await look();
    if (JSON.stringify(got) === JSON.stringify(expected)) break;
    await new Promise((resolve) => setTimeout(resolve, 40));
  } while (Date.now() < until);
  same(what, got, expected);
}

/** Notes when the first row of the list has its text: milliseconds since the page was asked for. */
function noteFirstRows() {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.list .row .cell')?.textContent.trim()) return;
    window.firstRows = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Prints how long the first rows took, and bounds it: this machine does other work, too. */
export async function firstRows(page, what, most) {
  await page.waitForFunction(() => window.firstRows !== undefined, undefined, { polling: 20 });
  const took = Math.round(await page.evaluate(() => window.firstRows));
  console.log(`first rows of ${what}: ${took} ms after the page was asked for`);
  holds(`first rows within ${most} ms`, took < most);
}

/** Runs the test with a page that the server's address was opened in. Whatever the page complains of is a failure, and
 * so is any request to another host. */
export async function inBrowser(test, options = {}) {
  const address = process.argv[2];
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: process.env.LAMNA_BROWSER, args });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 }, locale: 'en-US', colorScheme: 'light', ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  await page.addInitScript(noteFirstRows);
  // that a filter is wrong (status 400) the browser says by itself, and the page says it too
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('status of 400') &&
    same('a complaint', message.text(), ''));
  page.on('pageerror', (error) => same('an error in the page', error.message, ''));
  page.on('dialog', (dialog) => dialog.type() === 'alert' && same('script of a capture ran', dialog.message(), ''));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(new URL(address).origin + '/') && !/^(data|blob):/.test(url)) same('a request elsewhere', url, '');
  });
  const picture = (name) => page.screenshot({ path: join(process.env.LAMNA_PICTURES, `${name}.png`) });
  try {
    await page.goto(address);
    await test({ page, picture, context, address });
  } catch (error) {
    same('the test', String(error), 'went through');
    await picture('failed').catch(() => undefined);
  } finally {
    await browser.close();
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

/** The list's rows that are seen, as lists of texts. */
export function rows(page) {
  return page.locator('.list .row').evaluateAll((list) =>
    list.map((row) => [...row.querySelectorAll('.cell')].map((cell) => cell.textContent.trim())));
}

export async function applyFilter(page, text) {
  await page.locator('#filter').fill(text);
  await page.locator('#filter').press('Enter');
}

/** Texts that can hardly be read on what is behind them: less contrast than WCAG's AA asks for. Rows have the colours that
 * Wireshark gives them. */
export function pale(page, except = '.row *') {
  return page.evaluate((leftOut) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
      for (let e = element; e !== null; e = e.parentElement) {
        const colour = rgba(getComputedStyle(e).backgroundColor);
        if (colour[3] > 250) return colour;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    for (const element of document.querySelectorAll('#app *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
      if (!own || element.closest('svg, :disabled') || element.matches(leftOut) || element.checkVisibility?.() === false) continue;
      const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) found.add(`${element.tagName} ${element.textContent.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
    }
    return [...found];
  }, except);
}
