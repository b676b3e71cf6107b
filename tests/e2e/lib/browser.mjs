// Debian's Chromium, driven; every request and every complaint of a page is noted.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const kChromium = '/usr/bin/chromium';
const kSwitches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startBrowser(bench, switches = []) {
  if (!existsSync(kChromium))
    throw new Error(`${kChromium} is missing; run tools/install-deps test`);
  const browser = await chromium.launch({ executablePath: kChromium, args: [...kSwitches, ...switches] });
  bench.defer(() => browser.close());
  return browser;
}

/** A page in a context of its own; `page.requests` and `page.complaints` grow. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.requests = [];
  page.complaints = [];
  page.on('request', (request) => page.requests.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(error.message));
  return page;
}

/** Opens an address and waits until the figures and all charts are drawn. */
export async function openDashboard(page, address) {
  await page.goto(address);
  await settled(page);
}

/** Waits until nothing on the dashboard is loading any more. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const content = document.querySelector('.content');
    return (
      content?.querySelector('.tile') &&
      !content.hasAttribute('aria-busy') &&
      !content.textContent.includes('Loading…')
    );
  });
}
