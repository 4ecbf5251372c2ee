import type { VisitorLink } from './link.ts'

/** What the loader hands to the panel: a place to be, and the live line. */
export interface PanelHost {
  root: ShadowRoot
  /** Where the panel puts itself; the loader keeps its dir and lang. */
  parent: HTMLElement
  link: VisitorLink
  property: string
  /** The server's address, with a slash at the end. */
  base: string
  /** Minimise: the loader hides the panel and gives the focus back to the launcher. */
  close(): void
  /** What the launcher's badge says: so many messages were not read. */
  badge(unread: number): void
}

/** The panel, once it is there. */
export interface Panel {
  show(open: boolean): void
  /** Leaves nothing behind: neither elements nor listeners. */
  destroy(): void
}

/** What the panel's script exports. */
export interface PanelModule {
  mount(host: PanelHost): Promise<Panel>
}
