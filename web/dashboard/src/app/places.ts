import type { Component } from 'svelte'
import type { Place } from '../lib/router'

/** A place as the rail, the bottom bar and the sheet behind More show it. */
export interface Item {
  place: Place
  icon: Component<{ size?: number; strokeWidth?: number }>
  /** 0: none. */
  badge: number
  /** The name, with what the badge says. */
  label: string
}

/** On a phone there is room for four places, and for a way to the others: those that agents look at all day come first. */
const atThumb: readonly Place[] = ['home', 'chats', 'visitors', 'history']
export const isAtThumb = (item: Item): boolean => atThumb.includes(item.place)
