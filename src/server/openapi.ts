import { z } from 'zod';
import { CODES, type Code } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';
import { bodyExample } from './body-examples.ts';
import type { Route } from './route.ts';
import { errorSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Codes that a route can answer whatever it does. */
export function errorsOf(route: Route): readonly Code[] {
  // A token in the URL is refused everywhere.
  const general: Code[] = ['internal', 'bad-request'];
  if (route.signIn !== false) general.push('unauthenticated', 'shutting-down');
  if (route.method === 'post' || route.answer.type === 'text/event-stream' || route.scope !== undefined) general.push('forbidden');
  if (route.body !== undefined) general.push('too-large');
  return [...new Set([...general, ...route.errors])];
}

/** The OpenAPI 3.1 description of the routes, made from the very schemas that check the requests. */
export function describeRoutes(routes: readonly Route[], info: { readonly version: string; readonly prefix: string }): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: describeRoute(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      summary: 'Live sessions whose acknowledged commands survive whatever happens.',
      version: info.version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: info.prefix === '' ? '/' : info.prefix }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        operator: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An operator’s token with the scope that is named.' },
      },
      schemas: { Error: jsonSchema(errorSchema, 'output') },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' });
  return rest;
}

function describeRoute(route: Route): Json {
  const parameters = [...describeParameters(route.params, 'path'), ...describeParameters(route.query, 'query')];
  return {
    operationId: route.name,
    summary: route.summary,
    ...(route.signIn === false ? {} : { security: [route.scope === undefined ? { bearer: [] } : { operator: [route.scope] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: describeBody(route.body, bodyExample(route.name)) }),
    responses: { [route.answer.status]: describeAnswer(route), ...describeErrors(errorsOf(route)) },
  };
}

function describeParameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !accepts(field, undefined),
    schema: fieldSchema(field),
  }));
}

function fieldSchema(field: z.core.$ZodType): unknown {
  const { properties } = z.toJSONSchema(z.object({ field }), { io: 'input', target: 'draft-2020-12' });
  return properties?.['field'] ?? {};
}

function accepts(schema: z.core.$ZodType, value: unknown): boolean {
  return z.safeParse(schema, value).success;
}

function describeBody(schema: z.ZodType, example: JsonValue | undefined): Json {
  return { required: !accepts(schema, undefined), content: { 'application/json': { schema: jsonSchema(schema, 'input'), example } } };
}

function describeAnswer({ answer, summary }: Route): Json {
  if (answer.status === 204) return { description: summary };
  return { description: summary, content: { [answer.type]: { schema: jsonSchema(answer.schema, 'output'), example: answer.example } } };
}

function describeErrors(codes: readonly Code[]): Json {
  const byStatus = Map.groupBy(codes, (code) => CODES[code].http);
  return Object.fromEntries(
    [...byStatus].map(([status, sharing]) => [
      status,
      {
        description: sharing.map((code) => `\`${code}\`: ${CODES[code].message}`).join(' '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}
