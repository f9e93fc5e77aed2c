// A capture full of script: none of it runs, none of it becomes part of the page, and the page stays in shape.
import { applyFilter, becomes, holds, inBrowser, same } from './browser.mjs';

// what the page itself is made of; img: the one of the heading
const foreign = (page) =>
  page.evaluate(() => [document.scripts.length, document.querySelectorAll('img:not([src="/icon.svg"])').length,
    document.querySelectorAll('style').length, document.querySelectorAll('[onerror], [onload]').length]);
const inShape = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight);

async function look(page, what) {
  same(`${what}: nothing foreign`, await foreign(page), [1, 0, 0, 0]);
  holds(`${what}: in shape`, await inShape(page));
}

await inBrowser(async ({ page, picture }) => {
  await page.locator('.row').first().waitFor();
  const total = Number(/\d+/.exec(await page.locator('#shown').textContent())[0]);
  for (let i = 0; i < total; i++) {
    await page.keyboard.press('j');
    await becomes(`packet ${i + 1}`, () => page.locator('.tree .item').first().textContent().then((s) => /Frame (\d+):/.exec(s)?.[1]), String(i + 1));
    await page.evaluate(() => document.querySelectorAll('.tree [aria-expanded="false"] .twist').forEach((twist) => twist.click()));
  }
  await look(page, 'packets');
  await picture('hostile');
  await page.locator('.tree .item').last().click({ button: 'right' });
  await look(page, 'menu');
  await page.keyboard.press('Escape');
  await applyFilter(page, '<img src=x onerror=alert(1)>');
  await look(page, 'a filter');
  await applyFilter(page, '');
  for (const view of ['Conversation', 'Graphs', 'Tables', 'Findings', 'Packets']) {
    await page.getByRole('tab', { name: view, exact: true }).click();
    await page.waitForTimeout(300);
    await look(page, view);
  }
  await page.goto(`${new URL(page.url()).origin}/#tables?table=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&filter=%3Cscript%3Ealert(1)%3C/script%3E`);
  await page.waitForTimeout(300);
  await look(page, 'the address');
});
