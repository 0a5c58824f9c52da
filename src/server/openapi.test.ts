import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES } from '../protocol/codes.ts';
import { HttpHarness } from '../testing/http-harness.ts';
import { OperatorActs } from './operator-acts.ts';
import { bodyExample } from './body-examples.ts';
import { describeRoutes, errorsOf } from './openapi.ts';
import type { Route } from './route.ts';
import { serverRoutes } from './server-routes.ts';
import { Connections } from '../connection/connections.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { SseTransport } from '../transport/sse-transport.ts';
import { WatchQuota } from './watch-quota.ts';
import { WatchTickets } from './watch-tickets.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

const never = () => assert.fail('describing a route does not run it');
const hooks = { admit: never, receive: never };

function allRoutes(): Route[] {
  const clock = new VirtualClock();
  const connections = new Connections({ clock, random: new SeededBytes(1), hooks });
  return serverRoutes({
    prefix: '',
    clock,
    store: new MemoryStore(),
    sessions: never,
    connections,
    overload: () => undefined,
    serving: () => true,
    watches: new Set(),
    quota: new WatchQuota(1),
    devAuth: never,
    streams: new SseTransport({ connections, clock }),
    tickets: new WatchTickets(clock, new SeededBytes(2)),
    durability: never,
    definitions: [],
    acts: new OperatorActs({ sessions: never, clock }),
    webhooks: { look: never, counts: never },
    backups: never,
    invites: { sessions: never, guests: never, trustedProxies: [], random: new SeededBytes(3) },
  });
}

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean }[];
  responses: Record<string, unknown>;
  requestBody?: unknown;
};

test('SERVER-12: every route is described, and nothing else', () => {
  const { paths } = describeRoutes(allRoutes(), { version: '1.2.3', prefix: '/live' }) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  const served = allRoutes().map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  assert.deepEqual(described.sort(), served.sort());
});

test('SERVER-12: the document names version, prefix and sign-in', () => {
  const document = describeRoutes(allRoutes(), { version: '1.2.3', prefix: '/live' });
  assert.equal(document['openapi'], '3.1.0');
  assert.deepEqual(document['servers'], [{ url: '/live' }]);
  assert.equal(Object(document['info']).version, '1.2.3');
});

for (const route of allRoutes().filter(({ body }) => body !== undefined)) {
  test(`SERVER-12: the body in the description of ${route.name} is one that it takes`, () => {
    const example = bodyExample(route.name);
    assert.ok(example !== undefined, 'there is no example');
    assert.ok(route.body?.safeParse(example).success);
  });
}

for (const route of allRoutes()) {
  test(`SERVER-12: the example of ${route.name} is of the documented form`, () => {
    assert.deepEqual(route.answer.schema.parse(route.answer.example), route.answer.example);
  });

  test(`SERVER-12: ${route.name} documents its parameters, its body and every status that it may answer`, () => {
    const { paths } = describeRoutes([route], { version: '1', prefix: '' }) as { paths: Record<string, Record<string, Operation>> };
    const operation = Object.values(paths)[0]?.[route.method];
    assert.ok(operation !== undefined);
    const named = [...Object.keys(route.params?.shape ?? {}), ...Object.keys(route.query?.shape ?? {})];
    assert.deepEqual(
      (operation.parameters ?? []).map(({ name }) => name),
      named,
    );
    assert.equal(operation.requestBody !== undefined, route.body !== undefined);
    const statuses = [route.answer.status, ...errorsOf(route).map((code) => CODES[code].http)].map(String);
    assert.deepEqual(Object.keys(operation.responses).sort(), [...new Set(statuses)].sort());
  });
}

test('SERVER-12: operation ids are unique', () => {
  const names = allRoutes().map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('SERVER-12: a running server hands out its description, which has the development route only in dev', async (t) => {
  const http = await HttpHarness.start(t);
  const { json } = await http.call('GET', '/openapi.json');
  assert.equal(json['openapi'], '3.1.0');
  assert.ok('/v1/dev/token' in Object(json['paths']));
});
