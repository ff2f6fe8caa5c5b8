/** One MUI theme with a light and a dark scheme; everything else reads its CSS variables (see styles.css). */
import { createTheme } from '@mui/material/styles';

const sans = '"Inter Variable", Inter, system-ui, sans-serif';
export const mono = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace';

export const surfaces = {
  light: {
    background: '#f6f7f9',
    panel: '#ffffff',
    line: '#e0e4ea',
    ink: '#1b2330',
    mute: '#5b6577',
    accent: '#4650c9',
    accentSoft: '#eceefb',
    grid: '#dfe4ea',
  },
  dark: {
    background: '#12161d',
    panel: '#191f29',
    line: '#2d3544',
    ink: '#e6eaf1',
    mute: '#9aa6b8',
    accent: '#98a1f7',
    accentSoft: '#262c48',
    grid: '#262e3b',
  },
} as const;

export type Scheme = keyof typeof surfaces;

function palette(scheme: Scheme) {
  const s = surfaces[scheme];
  const dark = scheme === 'dark';
  return {
    primary: { main: s.accent, contrastText: dark ? '#10141f' : '#ffffff' },
    background: { default: s.background, paper: s.panel },
    divider: s.line,
    text: { primary: s.ink, secondary: s.mute },
    success: { main: dark ? '#5ecf76' : '#1e7a34' },
    warning: { main: dark ? '#f0b84a' : '#8f5f00' },
    error: { main: dark ? '#ff8a80' : '#c0342b' },
    info: { main: dark ? '#7db2fa' : '#2563c9' },
  };
}

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: { light: { palette: palette('light') }, dark: { palette: palette('dark') } },
  shape: { borderRadius: 8 },
  spacing: 4,
  typography: {
    fontFamily: sans,
    allVariants: { letterSpacing: 0 },
    fontSize: 13,
    htmlFontSize: 13,
    body1: { fontSize: 13, lineHeight: 1.45 },
    body2: { fontSize: 13, lineHeight: 1.45 },
    caption: { fontSize: 12, lineHeight: 1.4 },
    h1: { fontSize: 20, fontWeight: 600, lineHeight: 1.3 },
    h2: { fontSize: 15, fontWeight: 600, lineHeight: 1.35 },
    h3: { fontSize: 13, fontWeight: 600, lineHeight: 1.4 },
    button: { textTransform: 'none', fontWeight: 500, fontSize: 13 },
  },
  transitions: {
    duration: {
      shortest: 120,
      shorter: 140,
      short: 150,
      standard: 160,
      complex: 180,
      enteringScreen: 160,
      leavingScreen: 120,
    },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { size: 'small', disableElevation: true },
      styleOverrides: {
        root: { height: 28, padding: '0 12px', borderRadius: 8, whiteSpace: 'nowrap', lineHeight: 1 },
      },
    },
    MuiIconButton: {
      defaultProps: { size: 'small' },
      styleOverrides: { root: { borderRadius: 8, padding: 5 } },
    },
    MuiSvgIcon: { styleOverrides: { root: { fontSize: 18 }, fontSizeSmall: { fontSize: 16 } } },
    MuiTextField: { defaultProps: { size: 'small', variant: 'outlined' } },
    MuiSelect: { defaultProps: { size: 'small' } },
    MuiOutlinedInput: {
      styleOverrides: {
        root: { minHeight: 28, fontSize: 13 },
        input: { padding: '4px 8px', height: 20 },
        multiline: { padding: '5px 8px', '& textarea': { padding: 0 } },
        notchedOutline: { borderColor: 'var(--mui-palette-divider)' },
      },
    },
    MuiFormHelperText: { styleOverrides: { root: { marginLeft: 0, marginRight: 0, fontSize: 12 } } },
    // Menus hang at the end of the page, outside its landmarks: each is one of its own.
    MuiMenu: { defaultProps: { slotProps: { root: { role: 'region', 'aria-label': 'Menu' } } } },
    MuiMenuItem: {
      styleOverrides: { root: { fontSize: 13, minHeight: 30, paddingTop: 3, paddingBottom: 3 } },
    },
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiDialog: { styleOverrides: { paper: { border: '1px solid var(--mui-palette-divider)' } } },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: 15, padding: '14px 18px 8px' } } },
    MuiDialogContent: { styleOverrides: { root: { padding: '8px 18px 14px' } } },
    MuiDialogActions: { styleOverrides: { root: { padding: '8px 18px 14px' } } },
    MuiTooltip: {
      // A tooltip describes its control; the control's own text stays its name.
      defaultProps: { enterDelay: 400, describeChild: true },
      styleOverrides: { tooltip: { fontSize: 12, maxWidth: 320, lineHeight: 1.4 } },
    },
    MuiTabs: { styleOverrides: { root: { minHeight: 34 } } },
    MuiTab: { styleOverrides: { root: { minHeight: 34, minWidth: 0, padding: '6px 12px' } } },
    MuiToggleButton: {
      styleOverrides: {
        root: { height: 26, padding: '0 10px', textTransform: 'none', fontSize: 12, color: 'inherit' },
      },
    },
    MuiAlert: {
      styleOverrides: {
        root: { padding: '4px 10px', fontSize: 13 },
        icon: { padding: '6px 0' },
        message: { padding: '6px 0' },
      },
    },
    MuiLinearProgress: { styleOverrides: { root: { borderRadius: 3, height: 5 } } },
    MuiSkeleton: { defaultProps: { animation: 'wave' } },
  },
});
