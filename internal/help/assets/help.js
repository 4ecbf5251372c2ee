// What the pages do with a script: votes without a reload, articles as one types, videos when somebody opens them, where one is in a
// long text, and the widget behind "Message us". Everything works without it. No markup is ever parsed from text that people wrote:
// fragments come from our own server, and are read by DOMParser, which runs nothing.
(() => {
  const find = (selector, from = document) => from.querySelector(selector)
  const all = (selector, from = document) => [...from.querySelectorAll(selector)]
  const fragment = html => new DOMParser().parseFromString(html, 'text/html').body.firstElementChild

  // Message us: the widget, if it is there and comes up; else the link does what it says.
  const talk = event => {
    const link = event.target.closest('[data-talk]')
    if (!link || !window.Parley) return
    event.preventDefault()
    window.Parley.open()
    setTimeout(() => find('parley-chat') || (link.href && location.assign(link.href)), 4000)
  }
  addEventListener('click', talk)
  for (const button of all('[data-talk][hidden]')) button.hidden = false

  // Votes.
  addEventListener('submit', async event => {
    const form = event.target
    const place = form.closest('.vote')
    if (!place) return
    event.preventDefault()
    const said = new FormData(form, event.submitter)
    said.set('part', '1')
    let next
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(said) })
      next = fragment(await answer.text())
    } catch {}
    if (!next?.matches('.vote')) return again(form, event.submitter)
    // The page's reader hears what changes in a place that was there before: so the words come a moment after their place.
    const status = find('[role="status"]', next)
    const words = status.textContent
    status.textContent = ''
    place.replaceWith(next)
    setTimeout(() => {
      status.textContent = words
    }, 100)
    find(form.matches('.missing') ? '[role="status"]' : '[aria-pressed="true"]', next)?.focus({ preventScroll: true })
  })

  // As if there were no script: the page that comes says what is the matter.
  const again = (form, button) => {
    if (button?.name) {
      const said = document.createElement('input')
      said.type = 'hidden'
      said.name = button.name
      said.value = button.value
      form.append(said)
    }
    form.submit()
  }

  // Videos: nothing of others is asked before somebody opens one.
  addEventListener(
    'toggle',
    event => {
      const box = event.target
      if (!box.open || !box.dataset?.embed || find('iframe', box)) return
      const frame = document.createElement('iframe')
      frame.src = box.dataset.embed
      frame.title = find('summary', box).textContent
      frame.allowFullscreen = true
      frame.referrerPolicy = 'strict-origin-when-cross-origin'
      find('summary', box).after(frame)
    },
    true,
  )

  // Where one is in a long text.
  const marks = new Map(all('.side .toc a').map(link => [decodeURIComponent(link.hash.slice(1)), link]))
  const heads = all('.text [id]').filter(head => marks.has(head.id))
  if (heads.length) {
    const seen = new IntersectionObserver(() => {
      const past = heads.filter(head => head.getBoundingClientRect().top < innerHeight / 3)
      const now = marks.get((past.at(-1) ?? heads[0]).id)
      for (const link of marks.values()) link === now ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')
    }, { rootMargin: '0px 0px -66% 0px' })
    for (const head of heads) seen.observe(head)
  }

  // Articles as one types.
  for (const form of all('form.find')) {
    const field = find('input[type="search"]', form)
    let box
    let wanted = ''
    let timer
    // The editors see what people looked for in the end, not each beginning of a word: once they rest, choose or turn to something else.
    let pending = ''
    let told = ''
    let rest
    const settle = () => {
      clearTimeout(rest)
      if (pending.length > 1 && pending !== told) {
        told = pending
        fetch(`${form.action}?q=${encodeURIComponent(told)}&part=1&asked=1`, { keepalive: true }).catch(() => {})
      }
      pending = ''
    }
    addEventListener('pagehide', settle)
    form.addEventListener('submit', () => {
      told = field.value.trim() // the page that comes counts it
    })
    const close = () => {
      box?.remove()
      box = undefined
    }
    const ask = async () => {
      const words = field.value.trim()
      if (words === wanted) return
      wanted = words
      if (words.length < 2) return close()
      try {
        const answer = await fetch(`${form.action}?q=${encodeURIComponent(words)}&part=1`)
        const next = answer.ok && fragment(await answer.text())
        if (!next || wanted !== words || document.activeElement !== field) return
        box ? box.replaceWith(next) : form.append(next)
        box = next
        find('[role="status"]', form).textContent = box.dataset.count
      } catch {}
    }
    field.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(ask, 180)
      const words = field.value.trim()
      if (!words.startsWith(pending) && !pending.startsWith(words)) settle()
      pending = words
      clearTimeout(rest)
      rest = setTimeout(settle, 3000)
    })
    form.addEventListener('keydown', event => {
      const links = [field, ...all('.quick a', form)]
      const at = links.indexOf(document.activeElement)
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (event.key === 'Escape' && box) {
        event.preventDefault()
        field.focus()
        close()
      } else if (step && at >= 0 && links.length > 1) {
        event.preventDefault()
        links[(at + step + links.length) % links.length].focus()
      }
    })
    form.addEventListener('focusout', event => {
      if (!form.contains(event.relatedTarget)) {
        close()
        wanted = ''
        settle()
      }
    })
  }

  // A menu closes when one goes elsewhere.
  addEventListener('click', event => {
    for (const menu of all('details.drop[open]')) if (!menu.contains(event.target)) menu.open = false
  })
  addEventListener('keydown', event => {
    const menu = event.key === 'Escape' && event.target.closest?.('details.drop[open]')
    if (!menu) return
    menu.open = false
    find('summary', menu).focus()
  })
})()
