import { readFileSync } from 'node:fs'

const languages = ['en', 'ar']
const catalogue = language => JSON.parse(readFileSync(new URL(`../widget/src/locales/${language}.json`, import.meta.url), 'utf8'))

/** The launcher's words by language, from the widget's catalogues: its name, and what comes before the number of new messages. */
export function launcherWords() {
  const words = {}
  for (const language of languages) {
    const texts = catalogue(language)
    const [news, after] = texts['launcher.unread'].split('{n}')
    if (after) throw new Error(`launcher.unread of ${language}.json must end with its number: the loader has no room for more`)
    words[language] = [texts['launcher.name'], news]
  }
  return words
}

/** The words of an agent's bubble by language. */
export function bubbleWords() {
  const word = (language, name) => catalogue(language)[`opener.${name}`]
  const of = language => ({ from: word(language, 'from'), reply: word(language, 'reply'), dismiss: word(language, 'dismiss') })
  return Object.fromEntries(languages.map(language => [language, of(language)]))
}
