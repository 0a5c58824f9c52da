import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfiguration } from './configuration.ts';

const NOTHING = { flags: {}, environment: {} };

test('SERVER-16: a flag wins over the environment, that over the file, that over the default', () => {
  const file = { path: 'holdfast.config.json', content: { port: 1, host: 'file.example', dir: './file' } };
  const environment = { HOLDFAST_PORT: '2', HOLDFAST_HOST: 'environment.example' };
  const { configuration, shown } = resolveConfiguration({ flags: { port: '3' }, environment, file });
  assert.deepEqual(
    [configuration.port, configuration.host, configuration.dir, configuration.durability],
    [3, 'environment.example', './file', 'full'],
  );
  const sources = Object.fromEntries(shown.map(({ name, source }) => [name, source]));
  assert.deepEqual(
    [sources['port'], sources['host'], sources['dir'], sources['durability']],
    ['--port', 'HOLDFAST_HOST', 'holdfast.config.json', 'default'],
  );
});

test('SERVER-16: a wrong setting is named with its place, what is legal, and what stood there', () => {
  assert.throws(() => resolveConfiguration({ ...NOTHING, environment: { HOLDFAST_PORT: 'abc' } }), {
    message: 'port in HOLDFAST_PORT: expected 0..65535, got "abc"',
  });
  assert.throws(() => resolveConfiguration({ ...NOTHING, flags: { durability: 'maybe' } }), {
    message: 'durability in --durability: expected full, normal or memory, got "maybe"',
  });
});

test('SERVER-16: all wrong settings are named at once, and misspelt ones get a suggestion', () => {
  const file = { path: 'my.json', content: { prot: 1, port: 70_000, jwksURL: 'x' } };
  assert.throws(() => resolveConfiguration({ ...NOTHING, file }), {
    faults: [
      'prot in my.json: there is no such setting; did you mean port?',
      'jwksURL in my.json: there is no such setting; did you mean jwksUrl?',
      'port in my.json: expected 0..65535, got 70000',
    ],
  });
});

test('SERVER-16: secrets are never shown, neither as values nor in faults', () => {
  const environment = { HOLDFAST_SECRET: 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs', HOLDFAST_TOKEN: 'eyJhbGciOi' };
  const { configuration, shown } = resolveConfiguration({ ...NOTHING, environment });
  assert.equal(configuration.secret, environment.HOLDFAST_SECRET);
  assert.doesNotMatch(JSON.stringify(shown), /pT3q9|eyJhb/);
  const file = { path: 'f', content: { secret: 12_345 } };
  assert.throws(
    () => resolveConfiguration({ ...NOTHING, file }),
    (error: Error) => !error.message.includes('12345'),
  );
});

test('SERVER-16: lists and switches read alike in the environment and in the file', () => {
  const environment = { HOLDFAST_ORIGINS: 'https://a.example, https://b.example', HOLDFAST_DEV: '1' };
  const file = { path: 'f', content: { origins: ['https://a.example', 'https://b.example'], dev: true } };
  const [fromText, fromFile] = [resolveConfiguration({ flags: {}, environment }), resolveConfiguration({ ...NOTHING, file })];
  assert.deepEqual(fromText.configuration, fromFile.configuration);
  assert.equal(fromText.configuration.dev, true);
});

test('SERVER-16: an empty variable counts as not set', () => {
  assert.equal(resolveConfiguration({ ...NOTHING, environment: { HOLDFAST_PORT: '' } }).configuration.port, 4_700);
});
