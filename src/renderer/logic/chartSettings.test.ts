import { describe, expect, it } from 'vitest';
import { completeChartSettings, defaultChartSettings, toggled, withChartView } from './chartSettings.ts';

describe('settings of the charts', () => {
  it('are completed where an older version left some out, or another wrote nonsense', () => {
    expect(completeChartSettings(undefined)).toEqual(defaultChartSettings);
    const saved = completeChartSettings({ logX: true, band: 'wide' as 'range' });
    expect(saved).toEqual({ ...defaultChartSettings, logX: true });
  });
  it('are kept by name: a view of the same name is replaced', () => {
    const view = { name: 'paper', axis: 'step' as const, smoothing: 0.5, settings: defaultChartSettings };
    const once = withChartView([], view);
    expect(withChartView(once, { ...view, smoothing: 0 })).toEqual([{ ...view, smoothing: 0 }]);
    expect(withChartView(once, { ...view, name: 'other' })).toHaveLength(2);
  });
  it('toggle an entry of a list', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
    expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  });
});
