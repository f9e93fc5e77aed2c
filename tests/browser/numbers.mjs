// Graphs and tables: what they say, and where a click leads.
import { applyFilter, becomes, holds, inBrowser, same } from './browser.mjs';

const cells = (page) => page.locator('tbody tr').evaluateAll((list) => list.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
const column = async (page, i) => (await cells(page)).map((row) => row[i]);
const legend = (page) => page.locator('.u-legend .u-value').allTextContents();

/* Where it is on the page; it has no place while it is drawn anew. */
async function placeOf(locator) {
  for (let tries = 0; tries < 100; tries++) {
    const box = await locator.boundingBox();
    if (box !== null) return box;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error('it has no place on the page');
}

async function overTime(page, picture) {
  await page.keyboard.press('3');
  const box = await placeOf(page.locator('.u-over'));
  await page.mouse.move(box.x + 2, box.y + 50);
  await becomes('packets in the first second', () => legend(page), ['0.000000', '7', '0']);
  await page.mouse.move(box.x + (4 / 9) * box.width, box.y + 50);
  await becomes('in the fifth', () => legend(page).then((list) => list.slice(0, 2)), ['4.000000', '7']);
  await page.getByLabel('Add a line 2').fill('bytes where tcp.srcport == 80');
  await page.getByLabel('Add a line 2').press('Enter');
  const again = async () => {
    await page.mouse.move(box.x + 2 + Math.random(), box.y + 52);
    return (await legend(page))[2];
  };
  await becomes('another line', again, '2,233');
  await picture('graph');
  await page.mouse.click(box.x + (4 / 9) * box.width, box.y + 52);
  await becomes('a click goes to the packet', () => /packet=14/.test(page.url()), true);
}

async function ofConnection(page) {
  await page.keyboard.press('3');
  for (const kind of ['Sequence numbers', 'Round-trip time', 'Throughput', 'Window']) {
    await page.getByRole('tab', { name: kind }).click();
    await becomes(kind, () => page.locator('.u-over').count(), 1);
  }
  await page.getByRole('tab', { name: 'Round-trip time' }).click();
  const pointed = async () => {
    const box = await placeOf(page.locator('.u-over'));
    await page.mouse.move(box.x + 1 + Math.random(), box.y + 50);
    return (await legend(page)).length;
  };
  await becomes('has a legend', pointed, 3);
}

async function tables(page, picture) {
  await page.keyboard.press('4');
  await page.locator('.bar select').selectOption('tcp');
  await becomes('TCP conversations', () => column(page, 3), ['50001', '50003', '50002']);
  await page.getByRole('button', { name: 'Bytes', exact: true }).click();
  await becomes('sorted, most first', () => column(page, 5), ['3.28 kB', '494 B', '453 B']);
  await page.getByRole('button', { name: /^Bytes ▾/ }).click();
  await becomes('and least first', () => column(page, 5), ['453 B', '494 B', '3.28 kB']);
  await page.getByRole('tab', { name: 'Protocols' }).click();
  await becomes('protocols', () => column(page, 0), ['eth', 'ip', 'tcp', 'http', 'data', 'data']);
  await page.getByRole('tab', { name: 'HTTP' }).click();
  await becomes('HTTP exchanges', () => page.locator('tbody .load').count(), 6);
  await picture('waterfall');
  await page.locator('tbody .first').nth(2).click();
  await becomes('a row leads to its packet', () => /packets\?packet=11/.test(page.url()), true);
  await page.goBack();
  await applyFilter(page, 'http.response.code == 404');
  await becomes('tables are filtered too', () => page.locator('tbody .load').count(), 1);
  await applyFilter(page, '');
  await page.getByRole('tab', { name: 'DNS' }).click();
  await becomes('no DNS here', () => page.locator('.page .empty').textContent(), 'There is nothing of this kind in the capture.');
  same('the table is in the address', /table=dns/.test(page.url()), true);
}

await inBrowser(async ({ page, picture }) => {
  await page.locator('.row').first().waitFor();
  await overTime(page, picture);
  await ofConnection(page);
  await tables(page, picture);
});
