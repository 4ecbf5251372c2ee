import { type Catalogue, chooseLanguage, i18n, type Values } from '@parley/core'
import en from '../locales/en.json'
import type helpWords from '../locales/help.en.json'

/** Every text of the dashboard has one of these names. */
export type Key = keyof typeof en | keyof typeof helpWords

/** The languages that there are. */
export const languages = ['en', 'ar'] as const

type Language = (typeof languages)[number]

/** Words of large places come with them: the first screen does not carry them. */
const parts = {
  help: { en: () => import('../locales/help.en.json'), ar: () => import('../locales/help.ar.json') },
} satisfies Record<string, Record<Language, () => Promise<{ default: object }>>>
export type Part = keyof typeof parts

let spoken: Language = 'en'
let words: Partial<Catalogue<Key>> = en
const learned = new Set<Part>()
let runtime = $state.raw(i18n<Key>('en', en as Catalogue<Key>))

/** The text of that name, in the agent's language. */
export const t = (key: Key, values?: Values): string => runtime.t(key, values)

/** Times, days and numbers as people of the agent's language write them. */
export const format = () => runtime

/** Whether there is a text of that name: codes of errors become sentences where we have one. */
export const isKey = (name: string): name is Key => Object.hasOwn(words, name)

/** Takes the agent's language; auto is the browser's. */
export async function speak(wanted: string): Promise<void> {
  const language = chooseLanguage(languages, wanted === 'auto' ? navigator.languages : [wanted]) as Language
  const catalogue = language === 'ar' ? (await import('../locales/ar.json')).default : en
  const more = await Promise.all([...learned].map(part => parts[part][language]()))
  spoken = language
  words = Object.assign({}, catalogue, ...more.map(one => one.default))
  runtime = i18n<Key>(regional(language), words as Catalogue<Key>)
  document.documentElement.lang = language
  document.documentElement.dir = runtime.dir
}

/** What is loaded, when its words are here too. */
export async function withWords<T>(part: Part, loaded: Promise<T>): Promise<T> {
  await learn(part)
  return loaded
}

async function learn(part: Part): Promise<void> {
  if (learned.has(part)) return
  const language = spoken
  const { default: more } = await parts[part][language]()
  learned.add(part)
  // Another language was chosen meanwhile, and did not know of this part.
  if (language !== spoken) return speak(spoken)
  words = { ...words, ...more }
  runtime = i18n<Key>(regional(language), words as Catalogue<Key>)
}

/** Dates and numbers as in the reader's own country: 22 November in London, November 22 in New York. */
function regional(language: string): string {
  const own = navigator.languages.find(one => one.toLowerCase().startsWith(`${language}-`))
  return own ?? (language === 'en' ? 'en-GB' : language)
}

/** A text in pieces, the filled holes marked: for lines where a name is written stronger than the rest. Numbers are not. */
export function pieces(key: Key, values: Values): { text: string; filled: boolean }[] {
  const mark = '\u0001'
  const marked = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? value : mark + value + mark]),
  )
  return t(key, marked)
    .split(mark)
    .map((text, at) => ({ text, filled: at % 2 === 1 }))
    .filter(piece => piece.text !== '')
}
