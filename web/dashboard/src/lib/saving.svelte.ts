import { ApiError, sentence } from './http'

/** How a form is read and written. */
export interface Source<Stored extends { version: number }, Form, Changes extends object> {
  read: () => Promise<Stored>
  write: (version: number, changes: Changes) => Promise<Stored>
  formOf: (stored: Stored) => Form
  /** What is not as it was stored. */
  changesOf: (stored: Stored, form: Form) => Changes
  /** The code of the error that says that somebody else was faster. */
  stale: string
  /** What stands before the names of fields in the server's errors. */
  under?: string
  /** Hears what is stored now. */
  took?: (stored: Stored) => void
}

/** Settings in a form: as they are stored, as they stand in the form, and what saving brought. */
export class Saving<Stored extends { version: number }, Form, Changes extends object> {
  saved = $state.raw<Stored>()
  form = $state<Form>()
  problem = $state('')
  /** The field that the server found wrong. */
  field = $state('')
  /** Somebody else was faster. */
  stale = $state(false)
  busy = $state(false)
  readonly changes: Changes | undefined = $derived.by(() => this.changed())
  readonly n: number = $derived(Object.keys(this.changes ?? {}).length)

  constructor(private readonly source: Source<Stored, Form, Changes>) {}

  private changed(): Changes | undefined {
    return this.saved && this.form && this.source.changesOf(this.saved, this.form as Form)
  }

  load = async (): Promise<void> => {
    this.problem = this.field = ''
    this.stale = false
    try {
      this.take(await this.source.read())
    } catch (error) {
      this.problem = sentence(error)
    }
  }

  save = async (): Promise<void> => {
    if (!this.saved || !this.changes || this.n === 0) return
    this.busy = true
    this.problem = this.field = ''
    try {
      this.take(await this.source.write(this.saved.version, this.changes))
    } catch (error) {
      this.problem = sentence(error)
      this.field = error instanceof ApiError ? (error.field ?? '').replace(this.source.under ?? '', '') : ''
      this.stale = error instanceof ApiError && error.code === this.source.stale
    } finally {
      this.busy = false
    }
  }

  discard = (): void => {
    if (this.saved) this.form = this.source.formOf(this.saved)
    this.problem = this.field = ''
  }

  /** Why a field is wrong; undefined: it is not. */
  at(name: string): string | undefined {
    return this.field === name || this.field.startsWith(`${name}.`) || this.field.startsWith(`${name}[`) ? this.problem : undefined
  }

  private take(stored: Stored): void {
    this.saved = stored
    this.form = this.source.formOf(stored)
    this.source.took?.(stored)
  }
}
