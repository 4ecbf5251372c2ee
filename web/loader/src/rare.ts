// What few visitors need, loaded when it is needed: the road for networks that break WebSockets, and the bubble of an agent
// who speaks first.

export { fallback } from '@parley/core/fallback'
export { bubble } from './bubble.ts'
