import AxeBuilder from '@axe-core/playwright'
import axe, { type Result } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { onPostgres } from './shares.ts'

/** Colours change by a transition, also to another theme: on a busy machine axe would look at it half-way. */
export const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)))
    const ending = document.getAnimations().filter(one => one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(ending.map(one => one.finished))
  })

/** A file that runs on both databases is looked at on SQLite: the screens are the same. */
const elsewhere = () => !!process.env.PARLEY_E2E_PG && !onPostgres.some(name => expect.getState().testPath?.endsWith(`/${name}.test.ts`))

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** axe-core finds nothing in what is on the page, light and dark. without: a part that is looked at elsewhere. */
export async function accessible(page: Page, what: string, without?: string): Promise<void> {
  if (elsewhere()) return
  const look = page.frames().length > 1 ? withFrames : await alone(page)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    const violations = await look(page, without)
    expect(violations.map(v => `${what}, ${colorScheme}: ${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(' | ')}`)).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}

type Look = (page: Page, without?: string) => Promise<Result[]>

/** Looks into frames too, but puts axe into the page, and into an empty one, each time: that takes longer than the rules. */
const withFrames: Look = async (page, without) => {
  const builder = new AxeBuilder({ page }).withTags(tags)
  return (await (without ? builder.exclude(without) : builder).analyze()).violations
}

/** Puts axe into a page without frames, for any number of looks. */
async function alone(page: Page): Promise<Look> {
  await page.evaluate(axe.source)
  return (page, without) =>
    page.evaluate(
      async ({ tags, without }) => {
        const { run } = (window as unknown as { axe: typeof axe }).axe
        return (await run(without ? { exclude: [without] } : document, { runOnly: tags, resultTypes: ['violations'] })).violations
      },
      { tags, without },
    )
}
