/** Stylesheets come as text: the tokens they use put in, lowered and minified (scripts/css.mjs). */
declare module '*.css' {
  const text: string

  export { text }
}

/** File name of the fallback transport under w/, put in by the build. */
declare const FALLBACK: string
/** The launcher's words by language (its name, and with new messages), taken by the build from the widget's catalogues. */
declare const WORDS: Record<string, [name: string, unread: string]>

/** The part of the Navigation API that we use. */
declare const navigation: EventTarget

interface Window {
  Parley?: { open(): void; close(): void }
  navigation?: EventTarget
}
