/** Light, dark, or what the system says. MUI keeps the choice; React hands its setter in, so that an action can use it. */
type Mode = 'light' | 'dark' | 'system';

let setter: ((mode: Mode) => void) | null = null;

export function provideScheme(setMode: ((mode: Mode) => void) | null): void {
  setter = setMode;
}

export function toggleScheme(): void {
  setter?.(document.documentElement.getAttribute('data-theme') === 'dark' ? 'light' : 'dark');
}
