import type { Person, ServerToAgent } from '@parley/core'
import { sentence } from '../../lib/http'
import type { LiveStore } from '../chats/live.svelte'
import { type Article, changeArticle, getArticle } from './api'
import { type Editor, editors, heard, type Presence, repeatMS, still } from './presence'
import { TextDraft } from './text.svelte'

/** The part of the living store that an editor needs. */
export type Line = Pick<LiveStore, 'tell' | 'hear' | 'live'>

/** An article in the editor: its texts, what they share, and who else has it open. */
export class ArticleEditor {
  article = $state.raw<Article>()
  problem = $state('')
  /** It was deleted while it was open. */
  gone = $state(false)
  presence = $state.raw<Presence>(new Map())

  private readonly texts = new Map<string, TextDraft>()
  private language = ''
  private readonly off = new AbortController()
  private readonly deaf: () => void
  private readonly beat: ReturnType<typeof setInterval>
  private readonly tick: ReturnType<typeof setInterval>

  constructor(
    readonly property: string,
    readonly id: string,
    private readonly me: string,
    private readonly line: Line,
  ) {
    this.deaf = line.hear(frame => this.heard(frame))
    this.beat = setInterval(() => this.say(true), repeatMS)
    this.tick = setInterval(() => {
      this.presence = still(this.presence, Date.now())
    }, 1000)
    const { signal } = this.off
    addEventListener('online', () => this.each(text => text.online()), { signal })
    addEventListener('pagehide', () => this.hide(), { signal })
    addEventListener('pageshow', event => event.persisted && this.say(true), { signal })
    void this.load()
  }

  get others(): Editor[] {
    return editors(this.presence, this.me)
  }

  load = async (): Promise<void> => {
    try {
      this.took(await getArticle(this.property, this.id))
      this.problem = ''
    } catch (error) {
      if (!this.article) this.problem = sentence(error)
    }
  }

  /** The text in a language. It is made on first ask, and keeps what is written while others are looked at. */
  textIn(language: string): TextDraft {
    const known = this.texts.get(language)
    if (known) return known
    const place = { property: this.property, article: this.id, language }
    const text = new TextDraft(
      place,
      this.me,
      this.article?.texts.find(one => one.language === language),
      article => this.took(article),
    )
    this.texts.set(language, text)
    return text
  }

  /** Tells the colleagues which text is open. */
  open(language: string): void {
    if (this.language === language) return
    this.say(false)
    this.language = language
    this.say(true)
  }

  async change(what: Parameters<typeof changeArticle>[2]): Promise<void> {
    this.took(await changeArticle(this.property, this.id, what))
  }

  stop(): void {
    this.off.abort()
    this.deaf()
    clearInterval(this.beat)
    clearInterval(this.tick)
    this.say(false)
    this.each(text => text.stop())
  }

  private hide(): void {
    this.say(false)
    this.each(text => text.leave())
  }
  private each(run: (text: TextDraft) => void): void {
    for (const text of this.texts.values()) run(text)
  }
  private say(on: boolean): void {
    if (this.language) this.line.tell({ t: 'editing', article: this.id, language: this.language, on })
  }
  private took(article: Article): void {
    this.article = article
    for (const text of article.texts) this.texts.get(text.language)?.seen(text)
  }

  private heard(frame: ServerToAgent): void {
    if (frame.t === 'welcome') {
      this.say(true)
      void this.load()
      this.each(text => text.online())
    } else if (frame.t === 'editing' && frame.article === this.id) {
      const news = !this.knows(frame.agent, frame.language)
      this.presence = heard(this.presence, frame, Date.now())
      // Who has just come does not know of us yet.
      if (frame.on && news && frame.agent.id !== this.me) this.say(true)
    } else if (frame.t === 'article' && (!frame.article || frame.article === this.id)) {
      if (frame.language && frame.revision) this.texts.get(frame.language)?.news(frame.revision)
      if (!frame.language && !frame.state) void this.whole()
      else void this.load()
    }
  }
  private knows(agent: Person, language: string): boolean {
    return this.presence.has(`${agent.id} ${language}`)
  }
  /** What the texts share has changed, or there is nothing left. */
  private async whole(): Promise<void> {
    try {
      this.took(await getArticle(this.property, this.id))
    } catch (error) {
      this.gone = (error as { status?: number }).status === 404
    }
  }
}
