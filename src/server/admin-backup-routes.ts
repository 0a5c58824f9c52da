import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import { FILE_NAME, type BackupFiles } from './backup-files-adapter.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { sessionId } from './schemas.ts';

export type AdminBackupRoutesOptions = {
  readonly files: () => Pick<BackupFiles, 'backup' | 'export' | 'import'>;
  readonly acts: OperatorActs;
};

const file = z.string().regex(FILE_NAME).meta({ description: 'Name of a file in the directory `backups` of the server’s data directory.' });
const reportSchema = z.object({ path: z.string().meta({ description: 'On the machine of the server.' }), bytes: z.number().int() });

/** How all sessions, or one, are copied into files while they go on, and one is taken in. */
export function adminBackupRoutes(options: AdminBackupRoutesOptions): Route[] {
  return [backupRoute(options), exportRoute(options), importRoute(options)];
}

function backupRoute({ files, acts }: AdminBackupRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/backup',
    name: 'adminBackup',
    summary: 'Writes everything into a new file on the server’s machine, as it is at one moment, while all goes on.',
    signIn: true,
    scope: 'backup',
    body: z.strictObject({ file }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: reportSchema,
      example: { path: '/var/lib/holdfast/backups/friday.db', bytes: 4_096_000 },
    },
    errors: ['unavailable', 'disk-full'],
    async handle({ body, operator }) {
      const act = { what: 'backup', session: null, details: { file: body.file } };
      const done = await acts.perform(operatorOf(operator).id, act, () => files().backup(body.file));
      return done.ok ? { ok: true, json: done.report } : done;
    },
  });
}

function exportRoute({ files, acts }: AdminBackupRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sessions/:id/export',
    name: 'adminExportSession',
    summary: 'Writes one session into a new file on the server’s machine, for another server.',
    signIn: true,
    scope: 'backup',
    params: z.object({ id: sessionId }),
    body: z.strictObject({ file }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: reportSchema,
      example: { path: '/var/lib/holdfast/backups/table.session.gz', bytes: 20_480 },
    },
    errors: ['not-found', 'unavailable', 'disk-full'],
    async handle({ params, body, operator }) {
      const session = params.id as SessionId;
      const act = { what: 'export', session, details: { file: body.file } };
      const done = await acts.perform(operatorOf(operator).id, act, () => files().export(session, body.file));
      return done.ok ? { ok: true, json: done.report } : done;
    },
  });
}

function importRoute({ files, acts }: AdminBackupRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/import',
    name: 'adminImportSession',
    summary: 'Takes the session of a file on the server’s machine in, once all of it was verified.',
    signIn: true,
    scope: 'backup',
    body: z.strictObject({ file, as: sessionId.optional().meta({ description: 'Another id than its own.' }) }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ session: z.string(), headSeq: z.number().int() }),
      example: { session: 'YXl-Kvjx0Z1Vh4oNDEaq8A', headSeq: 42 },
    },
    errors: ['not-found', 'unavailable', 'disk-full'],
    async handle({ body, operator }) {
      const act = { what: 'import', session: body.as ?? null, details: { file: body.file } };
      const done = await acts.perform(operatorOf(operator).id, act, () => files().import(body.file, body.as as SessionId | undefined));
      return done.ok ? { ok: true, json: done.imported } : done;
    },
  });
}
