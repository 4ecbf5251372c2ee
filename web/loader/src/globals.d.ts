/** Stylesheets come as text: the tokens they use put in, lowered and minified (scripts/css.mjs). */
declare module '*.css' {
  const text: string

  export { text }
}

/** File name under w/ of what few visitors need (rare.ts), put in by the build. */
declare const RARE: string
/** The launcher's words by language (its name, and before the number of new messages), taken by the build from the widget's catalogues. */
declare const WORDS: Record<string, [name: string, unread: string]>
/** The words of an agent's bubble by language, taken from there too. */
declare const BUBBLE_WORDS: Record<string, BubbleWords>

interface BubbleWords {
  /** Who speaks: {name} and {site}. */
  from: string
  reply: string
  dismiss: string
}

/** The part of the Navigation API that we use. */
declare const navigation: EventTarget
/** The part of the Cookie Store API that we use. */
declare const cookieStore: { get(name: string): Promise<{ value?: string } | null> }

interface Window {
  Parley?: { open(): void; close(): void; consent(on?: boolean): void }
  navigation?: EventTarget
}

interface Navigator {
  /** https://w3c.github.io/gpc/ */
  globalPrivacyControl?: boolean
}
