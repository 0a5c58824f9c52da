import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from './prometheus.ts';

test('SERVER-14: metrics are in the Prometheus text format, labels escaped', () => {
  const text = formatMetrics([
    { name: 'open', help: 'Open\nnow.', kind: 'gauge', samples: [{ value: 3 }] },
    { name: 'closed_total', help: 'Closed.', kind: 'counter', samples: [{ labels: { reason: 'a "b"\\c' }, value: 1 }] },
  ]);
  assert.equal(
    text,
    '# HELP open Open\\nnow.\n# TYPE open gauge\nopen 3\n# HELP closed_total Closed.\n# TYPE closed_total counter\nclosed_total{reason="a \\"b\\"\\\\c"} 1\n',
  );
});
