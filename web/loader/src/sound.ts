let context: AudioContext | undefined

/** A soft double note, made on the spot. Browsers allow it only after the visitor has touched the page: till then silence. */
export function chime() {
  try {
    context ??= new AudioContext()
    if (context.state === 'suspended') void context.resume()
    note(context, 660, 0)
    note(context, 880, 0.11)
  } catch {
    // No sound on this device.
  }
}

function note(audio: AudioContext, frequency: number, after: number) {
  const from = audio.currentTime + after
  const tone = audio.createOscillator()
  const loudness = audio.createGain()
  tone.frequency.value = frequency
  loudness.gain.setValueAtTime(0, from)
  loudness.gain.linearRampToValueAtTime(0.08, from + 0.02)
  loudness.gain.exponentialRampToValueAtTime(0.0001, from + 0.35)
  tone.connect(loudness).connect(audio.destination)
  tone.start(from)
  tone.stop(from + 0.4)
}
