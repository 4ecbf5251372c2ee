import { lastingStore, newID } from '@parley/core'
import { ApiError } from '../../lib/http'
import { type Article, getArticle, keepVersion, restoreVersion, type State, saveText, setState, type Text, type TextPlace } from './api'
import { type Autosave, autosave, type Draft, type Failure, type Stored, type Words } from './draft'
import { type Aside, type Keeper, keeper } from './kept'

const kept = lastingStore('parley.help.')
/** Each window keeps its own unsaved words. */
const tab = newID()
/** Browsers send no more than this after a page is closed. */
const keepaliveBytes = 48_000

export const empty: Words = { title: '', description: '', slug: '', markdown: '' }
export const wordsOf = ({ title, description, slug, markdown }: Text): Words => ({ title, description, slug, markdown })
export const storedOf = (text: Text | undefined): Stored =>
  text ? { words: wordsOf(text), revision: text.revision } : { words: empty, revision: 0 }

export function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError)) return 'offline'
  if (error.code === 'article.changed' || error.code === 'article.text_there') return 'changed'
  if (error.status === 404) return 'gone'
  // Logged out, too fast, or broken on their side: the words are right, and will be taken later.
  return error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500 ? 'offline' : 'refused'
}

/** One text in the editor: what is written, what is stored, and how the saving goes. */
export class TextDraft {
  draft = $state.raw<Draft>({ stored: { words: empty, revision: 0 }, words: empty, phase: 'saved', savedAt: 0 })
  /** The text as the server told it last; nothing: it is not written in this language yet. */
  text = $state.raw<Text>()
  asides = $state.raw<readonly Aside[]>([])

  private readonly auto: Autosave
  private readonly keeper: Keeper
  private leaving = false

  constructor(
    readonly place: TextPlace,
    me: string,
    text: Text | undefined,
    private readonly took: (article: Article) => void,
  ) {
    this.text = text
    this.keeper = keeper(kept, `${me}.${place.article}.${place.language}`, tab)
    this.asides = this.keeper.asides()
    const stored = storedOf(text)
    this.auto = autosave(stored, this.keeper.take(stored.words), {
      save: (words, over) => this.save(words, over),
      load: () => this.load(),
      failure: failureOf,
      keep: one => this.keeper.keep(one),
      show: draft => {
        this.draft = draft
      },
    })
  }

  get words(): Words {
    return this.draft.words
  }
  get language(): string {
    return this.place.language
  }
  get state(): State {
    return this.text?.state ?? 'draft'
  }
  /** There is something that readers do not see. */
  get ahead(): boolean {
    return this.state === 'published' && (this.text?.changed === true || this.draft.phase !== 'saved')
  }

  change = (part: Partial<Words>): void => this.auto.change(part)
  now = (): Promise<void> => this.auto.now()
  online = (): void => this.auto.online()
  news = (revision: number): void => this.auto.news(revision)

  /** The server has told how the text stands: its state, and whether there is a newer one. */
  seen(text: Text): void {
    if (text.revision < this.draft.stored.revision) return
    this.text = text
    this.auto.news(text.revision)
  }

  /** The page goes away: what can still be sent is sent, the rest is kept. */
  leave(): void {
    this.leaving = true
    void this.auto.now()
  }
  stop(): void {
    this.leave()
    this.auto.stop()
  }

  /** Publishes, takes back or archives what is written now. */
  async become(state: State): Promise<void> {
    await this.auto.now()
    if (this.draft.phase !== 'saved') return
    this.take(await setState(this.place, state, this.draft.stored.revision))
  }
  /** Makes a version the working copy; that becomes a version itself. */
  async restore(number: number): Promise<void> {
    await this.auto.now()
    if (this.draft.phase !== 'saved') return
    this.take(await restoreVersion(this.place, number, this.draft.stored.revision))
  }

  keepMine = (): Promise<void> => this.auto.mine()
  /** Takes what the other has written. Ours become a version; where that cannot be, this browser keeps them. */
  async takeTheirs(): Promise<void> {
    const { words } = this
    const kept = await keepVersion(this.place, { title: words.title, description: words.description, markdown: words.markdown }).catch(
      () => undefined,
    )
    if (!kept) this.setAside(words)
    this.auto.theirs()
  }

  setAside(words: Words): void {
    this.keeper.aside(words, Date.now())
    this.asides = this.keeper.asides()
  }
  forget(aside: Aside): void {
    this.keeper.forget(aside.key)
    this.asides = this.keeper.asides()
  }

  private take(text: Text): void {
    this.text = text
    this.auto.take(storedOf(text))
  }
  private async save(words: Words, over: number): Promise<Stored> {
    const { slug, ...rest } = words
    const keepalive = this.leaving && words.markdown.length < keepaliveBytes
    const text = await saveText(this.place, { ...rest, slug: slug || undefined, revision: over }, keepalive)
    this.text = text
    return storedOf(text)
  }
  private async load(): Promise<Stored> {
    const article = await getArticle(this.place.property, this.place.article)
    this.text = article.texts.find(one => one.language === this.place.language)
    this.took(article)
    return storedOf(this.text)
  }
}
