import { describe, expect, it } from "vitest";
import css from "../src/app.css?raw";
import { PALETTES, type Palette, TOKENS, contrast, isPalette, luminance, nextPalette } from "../src/palette";

function tokens(palette: Palette): Record<string, string> {
  const block = css.match(new RegExp(`\\[data-palette="${palette}"\\] \\{([^}]*)\\}`))?.[1] ?? "";
  return Object.fromEntries(
    [...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]),
  );
}

/** Words and what they stand on. */
const TEXT: [string, string[]][] = [
  ["text", ["panel", "panel-2"]],
  ["text-dim", ["panel", "panel-2"]],
  ["good", ["panel"]],
  ["warn", ["panel", "panel-2"]],
  ["bad", ["panel", "panel-2"]],
  ["accent", ["panel", "panel-2"]],
  ["button-text", ["button"]],
  ["accent-text", ["accent"]],
  ["replay-text", ["replay"]],
  ["banner-text", ["banner"]],
  ["label", ["water", "water-deep", "land", "halo"]],
  ["place", ["water", "water-deep", "land"]],
];
/** Symbols and lines, and what they stand on. */
const SYMBOLS = ["ship", "ship-old", "aid", "distress", "alert", "case", "chosen"];
const LINES: [string, string[]][] = [
  ["zone", ["water", "water-deep"]],
  ["zone-disputed", ["water", "water-deep"]],
  ["zone-rule", ["water", "water-deep"]],
  ["zone-own", ["water", "water-deep"]],
  ["trail", ["water", "water-deep"]],
  ["focus", ["panel", "panel-2", "water-deep"]],
];

describe.each(PALETTES)("%s", (palette) => {
  const t = tokens(palette);

  it("has every token that the canvases paint with", () => {
    expect(TOKENS.filter((name) => t[name] === undefined)).toEqual([]);
    expect(Object.keys(t).sort()).toEqual(Object.keys(tokens("day")).sort());
  });

  it("writes text at 4.5 to 1 or better", () => {
    const poor = TEXT.flatMap(([name, grounds]) =>
      grounds
        .map((ground) => ({ name, ground, ratio: contrast(t[name], t[ground]) }))
        .filter(({ ratio }) => ratio < 4.5),
    );
    expect(poor).toEqual([]);
  });

  it("draws symbols and lines at 3 to 1 or better against water and land", () => {
    const pairs: [string, string[]][] = [
      ...SYMBOLS.map((name): [string, string[]] => [name, ["water", "water-deep", "land"]]),
      ...LINES,
    ];
    const poor = pairs.flatMap(([name, grounds]) =>
      grounds
        .map((ground) => ({ name, ground, ratio: contrast(t[name], t[ground]) }))
        .filter(({ ratio }) => ratio < 3),
    );
    expect(poor).toEqual([]);
  });
});

describe("night", () => {
  it("has nothing brighter than a relative luminance of 0.25", () => {
    const bright = Object.entries(tokens("night")).filter(([, colour]) => luminance(colour) > 0.25);
    expect(bright).toEqual([]);
  });
});

describe("luminance", () => {
  it("is that of WCAG", () => {
    expect(luminance("#ffffff")).toBeCloseTo(1, 6);
    expect(luminance("#000000")).toBe(0);
    expect(contrast("#ffffff", "#000000")).toBeCloseTo(21, 6);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });
});

describe("the switch", () => {
  it("goes round", () => {
    expect(PALETTES.map(nextPalette)).toEqual(["dusk", "night", "day"]);
    expect(isPalette("noon")).toBe(false);
  });
});
