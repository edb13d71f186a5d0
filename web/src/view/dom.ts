// Making elements. Text is always text, never markup; styles are classes (the page's policy forbids
// style attributes).

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | ((event: never) => void) | null | undefined;

/** `h("button", { class: "x", onclick: f }, "text")`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Sets text only where it differs, so that selections and screen readers are left in peace. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Puts the children in this order, moving only what stands wrong: the focus survives. */
export function arrange(parent: Element, children: Element[]): void {
  const wanted = new Set(children);
  for (const old of Array.from(parent.children)) if (!wanted.has(old)) old.remove();
  children.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}

/** A value kept in this browser; a browser that refuses storage just forgets it. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`caribsis.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`caribsis.${name}`, value);
  } catch {
    // Nothing depends on it.
  }
}
