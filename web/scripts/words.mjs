import { readFileSync } from 'node:fs'

/** The launcher's words by language, from the widget's catalogues: its name, and its name with new messages. */
export function launcherWords() {
  const words = {}
  for (const language of ['en', 'ar']) {
    const texts = JSON.parse(readFileSync(new URL(`../widget/src/locales/${language}.json`, import.meta.url), 'utf8'))
    words[language] = [texts['launcher.name'], texts['launcher.unread']]
  }
  return words
}
