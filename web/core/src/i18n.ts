/** A text, or its forms by plural category (zero, one, two, few, many, other). */
export type Phrase = string | Partial<Record<Intl.LDMLPluralRule, string>>

/** A language's texts by key. en.json is the one that types the keys. */
export type Catalogue<K extends string = string> = Record<K, Phrase>

/** Fills the holes of a text: {name}. For texts with plural forms, n decides. */
export type Values = Record<string, string | number>

export interface I18n<K extends string> {
  readonly locale: string
  readonly dir: 'ltr' | 'rtl'
  t(key: K, values?: Values): string
  /** 14:02, as people of that language write it. */
  time(at: number): string
  /** Today, Yesterday, Monday, 29 November, 29 November 2025: in the language's own words. */
  day(at: number, now?: number): string
  /** 29 November, 14:14 */
  dateTime(at: number): string
  number(n: number): string
  /** Ana, Ben and Mira */
  list(names: readonly string[]): string
}

const rightToLeft = /^(ar|dv|fa|he|ps|ur|yi)\b/

/** The runtime of one language. */
export function i18n<K extends string>(locale: string, catalogue: Catalogue<K>): I18n<K> {
  const plural = new Intl.PluralRules(locale)
  const number = new Intl.NumberFormat(locale)
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' })
  const longDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })
  const dateOf = (at: number, now: number) => (new Date(at).getFullYear() === new Date(now).getFullYear() ? date : longDate).format(at)
  const join = locale.startsWith('ar') ? '، ' : ', '

  return {
    locale,
    dir: rightToLeft.test(locale) ? 'rtl' : 'ltr',
    t(key, values = {}) {
      const phrase = catalogue[key] ?? key
      const text = typeof phrase === 'string' ? phrase : (phrase[plural.select(Number(values.n))] ?? phrase.other ?? key)
      return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
        const value = values[name]
        return value === undefined ? hole : typeof value === 'number' ? number.format(value) : value
      })
    },
    time: at => time.format(at),
    day(at, now = Date.now()) {
      const days = Math.round((midnight(at) - midnight(now)) / 86_400_000)
      if (days === 0 || days === -1) return capital(relative.format(days, 'day'), locale)
      return days < 0 && days > -7 ? capital(weekday.format(at), locale) : dateOf(at, now)
    },
    dateTime: at => `${dateOf(at, Date.now())}${join}${time.format(at)}`,
    number: n => number.format(n),
    list: names => list.format(names),
  }
}

function midnight(at: number): number {
  const d = new Date(at)
  return Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())
}

function capital(word: string, locale: string): string {
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1)
}

/** The first of the wanted languages that there is, else the first that there is. */
export function chooseLanguage(there: readonly string[], wanted: readonly string[]): string {
  for (const want of wanted) {
    const short = want.toLowerCase().split('-')[0] ?? ''
    if (there.includes(short)) return short
  }
  return there[0] ?? 'en'
}
