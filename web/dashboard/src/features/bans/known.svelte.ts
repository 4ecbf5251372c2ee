import { type BanRecord, getBan } from './api'

let bans = $state.raw<Readonly<Record<string, BanRecord>>>({})

/** A ban that was asked for already. Reading it in a component follows what becomes of it. */
export const knownBan = (id: string | undefined): BanRecord | undefined => (id ? bans[id] : undefined)

export function learn(ban: BanRecord): void {
  bans = { ...bans, [ban.id]: ban }
}

/** Asks for a ban, anew each time: its hits and its end change. Without an answer what was known stays. */
export async function askBan(property: string, id: string): Promise<void> {
  await getBan(property, id).then(learn, () => {})
}
