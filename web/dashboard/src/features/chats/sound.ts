let context: AudioContext | undefined

/** Browsers let a page sound only after somebody used it. */
export function allowSound(): void {
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
}

/** Two soft notes for somebody who waits, one for words in a chat of mine. */
export function chime(kind: 'new' | 'message'): void {
  if (context?.state !== 'running') return
  const start = context.currentTime + 0.02
  const notes = kind === 'new' ? [659.26, 880] : [784]
  for (const [at, pitch] of notes.entries()) note(context, pitch, start + at * 0.16, kind === 'new' ? 0.5 : 0.3)
}

function note(to: AudioContext, pitch: number, at: number, length: number): void {
  const tone = to.createOscillator()
  const volume = to.createGain()
  tone.type = 'sine'
  tone.frequency.value = pitch
  volume.gain.setValueAtTime(0, at)
  volume.gain.linearRampToValueAtTime(0.18, at + 0.015)
  volume.gain.exponentialRampToValueAtTime(0.001, at + length)
  tone.connect(volume).connect(to.destination)
  tone.start(at)
  tone.stop(at + length)
}
