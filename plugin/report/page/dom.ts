/** An element with attributes and children. Text goes in as text, whatever is in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** Buttons of which one is pressed. `chosen` is called with what the reader presses. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [value: T, text: string])[],
  pressed: T,
  chosen: (value: T) => void,
): HTMLElement {
  const buttons = options.map(([value, text]) => {
    const button = element(
      'button',
      { type: 'button', 'aria-pressed': String(value === pressed), 'data-value': value },
      text,
    )
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button))
      chosen(value)
    })
    return button
  })
  return element('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons)
}
