import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { settled } from './axe.ts'

const folder = process.env.PARLEY_SHOTS ?? new URL('../../../.tmp/shots/', import.meta.url).pathname

/** Takes a picture of a page, light and dark. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}
