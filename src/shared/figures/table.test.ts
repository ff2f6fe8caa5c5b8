import { describe, expect, it } from 'vitest';
import { toCsv } from './table.ts';

describe('csv', () => {
  it('has a header with units, full precision, and empty fields for what is unknown', () => {
    const csv = toCsv({
      columns: [{ name: 'step' }, { name: 'loss', unit: 'nats/token' }],
      rows: [
        [1, 0.1 + 0.2],
        [2, null],
        [3, Number.NaN],
      ],
    });
    expect(csv).toBe('step,loss (nats/token)\r\n1,0.30000000000000004\r\n2,\r\n3,\r\n');
  });

  it('quotes commas, quotes, line ends and outer spaces', () => {
    const csv = toCsv({
      columns: [{ name: 'name' }],
      rows: [['a,b'], ['say "x"'], ['two\nlines'], [' padded']],
    });
    expect(csv).toBe('name\r\n"a,b"\r\n"say ""x"""\r\n"two\nlines"\r\n" padded"\r\n');
  });
});
