// Charts of any names.
import { expect, test } from 'vitest';
import { chartSvg, svgToPng } from './chart.ts';

test('a title with characters that XML forbids is drawn with a replacement for them', async () => {
  const values = [{ x: 1, y: 1 }];
  const encoding = { x: { field: 'x' }, y: { field: 'y' } } as const;
  const svg = await chartSvg({ title: 'data\u001b[31m & \ud800 <b>', data: { values }, mark: 'point', encoding });
  expect(svg).toContain('data\ufffd[31m &amp; \ufffd &lt;b&gt;');
  expect(Buffer.from(svgToPng(svg)).subarray(1, 4).toString()).toBe('PNG');
});
