// What tests run inside of the page: plain JavaScript, because the tests themselves know no document.

/** The element that the keyboard is at, marked as reached; empty behind the last one. */
export function reach() {
  const { activeElement } = document
  if (activeElement === null || activeElement === document.body) return ''
  activeElement.setAttribute('data-reached', 'yes')
  return activeElement.outerHTML.slice(0, 80)
}

/** What can be used and was not reached. */
export function listMissed() {
  const wanted = 'a[href], button:enabled, input, select, textarea, .scroll'
  return [...document.querySelectorAll(wanted)]
    .filter((each) => each.checkVisibility() && !each.hasAttribute('data-reached'))
    .map((each) => each.outerHTML.slice(0, 80))
}

/** The width of all there is, and that of the window. */
export function measureWidths() {
  return { content: document.documentElement.scrollWidth, window: innerWidth }
}

/** How the colours of texts stand out from those of grounds (WCAG 2.2, relative luminance). */
export function listContrasts({ texts, grounds }) {
  const style = getComputedStyle(document.documentElement)
  const luminance = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1)
    const [red, green, blue] = [0, 2, 4].map((at) => {
      const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  return texts.flatMap((text) =>
    grounds.map((ground) => {
      const [light, dark] = [luminance(text), luminance(ground)].sort((a, b) => b - a)
      return (light + 0.05) / (dark + 0.05)
    }),
  )
}

/** Says on the console what the policy of the page keeps from happening. */
export function reportPolicy() {
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error(`policy: ${violatedDirective} ${blockedURI}`)
  })
}
