/** Text for pdflatex: special characters escaped, ours (minus, thin space, powers, Greek) as commands. */

const commands: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '\u2009': '\\,',
  '\u00a0': '~',
  '−': '$-$',
  '×': '$\\times$',
  µ: '$\\mu$',
  '–': '--',
  '—': '---',
  '’': "'",
  '‘': '`',
  '“': '``',
  '”': "''",
  '·': '$\\cdot$',
  '…': '\\dots{}',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '→': '$\\rightarrow$',
  '∞': '$\\infty$',
};

const superscripts: Readonly<Record<string, string>> = {
  '⁰': '0',
  '¹': '1',
  '²': '2',
  '³': '3',
  '⁴': '4',
  '⁵': '5',
  '⁶': '6',
  '⁷': '7',
  '⁸': '8',
  '⁹': '9',
  '⁻': '-',
};

const greek: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  η: 'eta',
  θ: 'theta',
  λ: 'lambda',
  μ: 'mu',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  τ: 'tau',
  φ: 'phi',
  ω: 'omega',
  Δ: 'Delta',
  Σ: 'Sigma',
  Ω: 'Omega',
};

export function texText(text: string): string {
  const powers = text.replace(
    /[⁰¹²³⁴-⁹⁻]+/g,
    (run) => `\u0001${[...run].map((digit) => superscripts[digit]).join('')}\u0002`,
  );
  let output = '';
  for (const character of powers) output += texCharacter(character);
  return output;
}

function texCharacter(character: string): string {
  if (character === '\u0001') return '$^{';
  if (character === '\u0002') return '}$';
  const command = commands[character];
  if (command !== undefined) return command;
  const letter = greek[character];
  if (letter !== undefined) return `$\\${letter}$`;
  const code = character.codePointAt(0)!;
  if (code < 0x20) return ' ';
  // TeX composes the letters of Latin-1 and Latin Extended-A; others would stop pdflatex, so they are named instead.
  const known = code < 0x7f || (code >= 0xc0 && code <= 0x17f);
  return known ? character : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

export function texLines(lines: readonly string[]): string {
  return lines.map(texText).join('\\\\');
}

/** A colour as xcolor's HTML model takes it. */
export function texColour(colour: string): string {
  return colour.slice(1).toUpperCase();
}
