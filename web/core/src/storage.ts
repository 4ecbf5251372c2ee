/** Texts kept under a name. One key per item, so that two tabs that write at once never overwrite each other. */
export interface Store {
  /** Whether it outlives the page. */
  readonly lasting: boolean
  get(key: string): string | undefined
  set(key: string, text: string): void
  remove(key: string): void
  all(): [key: string, text: string][]
}

/** A store for the life of the page. */
export function memoryStore(): Store {
  const kept = new Map<string, string>()
  return {
    lasting: false,
    get: key => kept.get(key),
    set: (key, text) => void kept.set(key, text),
    remove: key => void kept.delete(key),
    all: () => [...kept],
  }
}

/** A store in localStorage (or another Storage) under a prefix. Where it is blocked, memory does. */
export function lastingStore(prefix: string, open: () => Storage = () => localStorage): Store {
  try {
    const storage = open()
    storage.setItem(prefix, '')
    storage.removeItem(prefix)
    return {
      lasting: true,
      get: key => storage.getItem(prefix + key) ?? undefined,
      set(key, text) {
        try {
          storage.setItem(prefix + key, text)
        } catch {
          // Full. The text is still in memory, and goes out from there.
        }
      },
      remove: key => storage.removeItem(prefix + key),
      all: () =>
        Object.keys(storage)
          .filter(key => key.startsWith(prefix))
          .map(key => [key.slice(prefix.length), storage.getItem(key) ?? '']),
    }
  } catch {
    return memoryStore()
  }
}
