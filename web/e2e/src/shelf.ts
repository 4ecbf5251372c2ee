import type { Api } from './server.ts'

/** An article as a test writes it. */
export interface Writing {
  title: string
  markdown: string
  slug?: string
  description?: string
  category?: string
  language?: string
  audience?: 'public' | 'agents'
  /** Another language of an article that there is. */
  of?: string
}

/** Fills a property's help centre by the agents' API, to arrange what a test is not about. */
export class Shelf {
  private constructor(
    private readonly api: Api,
    private readonly road: string,
  ) {}

  static async of(api: Api): Promise<Shelf> {
    return new Shelf(api, `/properties/${await api.property()}/help`)
  }

  /** Changes settings of the site, and answers what they are. */
  async site(change: Record<string, unknown> = {}): Promise<{ slug: string; url: string; base: string }> {
    const now = await this.api.call('GET', this.road)
    return Object.keys(change).length > 0 ? this.api.call('PATCH', this.road, { ...change, version: now.version }) : now
  }

  async category(name: string, slug: string, more: Record<string, unknown> = {}): Promise<string> {
    const { texts, ...rest } = more as { texts?: Record<string, unknown> }
    const made = await this.api.call('POST', `${this.road}/categories`, { ...rest, texts: { en: { name, slug }, ...texts } })
    return made.id
  }

  /** Writes an article, and publishes it. */
  async publish(w: Writing): Promise<string> {
    const language = w.language ?? 'en'
    let id = w.of ?? ''
    let revision = 0
    if (!id) {
      const made = await this.api.call('POST', `${this.road}/articles`, {
        language,
        title: w.title,
        description: w.description,
        category: w.category,
        audience: w.audience,
        markdown: w.markdown,
      })
      id = made.id
      revision = made.texts[0].revision
    }
    await this.save(id, w, revision)
    return id
  }

  /** Saves the working copy of a text over what there is, and publishes it. */
  async save(id: string, w: Writing, revision?: number): Promise<void> {
    const language = w.language ?? 'en'
    const text = `${this.road}/articles/${id}/texts/${language}`
    const before = revision ?? (await this.text(id, language)).revision
    const saved = await this.api.call('PUT', text, {
      revision: before,
      title: w.title,
      description: w.description ?? '',
      slug: w.slug ?? '',
      markdown: w.markdown,
    })
    await this.api.call('POST', `${text}/state`, { state: 'published', revision: saved.revision })
  }

  private async text(id: string, language: string): Promise<{ revision: number }> {
    const article = await this.api.call('GET', `${this.road}/articles/${id}`)
    return article.texts.find((one: { language: string }) => one.language === language)
  }

  missing(): Promise<{ items: { text: string }[] }> {
    return this.api.call('GET', `${this.road}/missing`)
  }
}
