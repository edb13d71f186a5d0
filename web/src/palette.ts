// Day, dusk and night. The colours are tokens in app.css; the canvases read the same tokens.

export const PALETTES = ["day", "dusk", "night"] as const;
export type Palette = (typeof PALETTES)[number];

/** The tokens that canvases paint with, as `--name` in app.css. */
export const TOKENS = [
  "water",
  "water-deep",
  "beyond",
  "land",
  "coast",
  "border",
  "place",
  "zone",
  "zone-disputed",
  "zone-rule",
  "zone-own",
  "ship",
  "ship-old",
  "aid",
  "distress",
  "alert",
  "case",
  "trail",
  "label",
  "halo",
  "chosen",
] as const;
export type Tokens = Record<(typeof TOKENS)[number], string>;

export function isPalette(value: string | null | undefined): value is Palette {
  return PALETTES.includes(value as Palette);
}

/** The palette that a new desk starts with: as dark as its system asks for. */
export function firstPalette(saved: string | null): Palette {
  if (isPalette(saved)) return saved;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "day";
}

export function nextPalette(now: Palette): Palette {
  return PALETTES[(PALETTES.indexOf(now) + 1) % PALETTES.length];
}

/** Puts a palette on the page and returns what canvases need of it. */
export function usePalette(palette: Palette): Tokens {
  document.documentElement.dataset.palette = palette;
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    TOKENS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Tokens;
}

/** Relative luminance of #rrggbb (WCAG 2.2). */
export function luminance(hex: string): number {
  const channel = (at: number): number => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** Contrast ratio of two colours (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
