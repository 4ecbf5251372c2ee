import { newID } from '@parley/core'
import { sentence } from '../../lib/http'
import { t } from '../../lib/i18n.svelte'
import { addImage } from './api'
import { refusal } from './images'
import { imageWords, moved } from './markdown'

/** An image on its way into a text. */
export interface Upload {
  id: string
  name: string
  /** From 0 to 1. */
  share: number
  /** Why it does not go on; empty: it does. */
  problem: string
  /** It may be tried again: the connection was to blame. */
  again: boolean
}

/** The images that are being put into one text. Each finds its place when it is stored, however the text has moved. */
export class Uploads {
  all = $state.raw<readonly Upload[]>([])
  private readonly places = new Map<string, number>()
  private readonly files = new Map<string, File>()
  private readonly running = new Map<string, AbortController>()

  constructor(
    private readonly property: string,
    private readonly place: (at: number, image: string, words: string) => void,
  ) {}

  start(files: readonly File[], at: number): void {
    for (const file of files) {
      const id = newID()
      const why = refusal(file)
      this.all = [
        ...this.all,
        { id, name: file.name || t('help.upload.picture'), share: 0, problem: why ? t(`error.${why}`) : '', again: false },
      ]
      if (why) continue
      this.places.set(id, at)
      this.files.set(id, file)
      void this.run(id, file)
    }
  }

  again(id: string): void {
    const file = this.files.get(id)
    if (!file) return
    this.patch(id, { problem: '', share: 0 })
    void this.run(id, file)
  }

  /** Stops it, or takes what was refused out of sight. */
  drop(id: string): void {
    this.running.get(id)?.abort()
    this.forget(id)
  }

  /** The text was changed by somebody's fingers, or by another image. */
  moved(was: string, is: string): void {
    for (const [id, at] of this.places) this.places.set(id, moved(at, was, is))
  }

  stop(): void {
    for (const one of this.running.values()) one.abort()
  }

  private async run(id: string, file: File): Promise<void> {
    const off = new AbortController()
    this.running.set(id, off)
    try {
      const stored = await addImage(this.property, file, share => this.patch(id, { share }), off.signal)
      const at = this.places.get(id) ?? 0
      this.forget(id)
      this.place(at, stored.id, imageWords(file.name))
    } catch (error) {
      if (off.signal.aborted) return
      const status = (error as { status?: number }).status ?? 0
      this.patch(id, { problem: sentence(error), again: status === 0 || status === 429 || status >= 500 })
    } finally {
      this.running.delete(id)
    }
  }
  private patch(id: string, change: Partial<Upload>): void {
    this.all = this.all.map(one => (one.id === id ? { ...one, ...change } : one))
  }
  private forget(id: string): void {
    this.places.delete(id)
    this.files.delete(id)
    this.all = this.all.filter(one => one.id !== id)
  }
}
