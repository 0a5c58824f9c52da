import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, type Scope } from '../live-server/clean-up.ts';
import { LiveServer } from '../live-server/live-server.ts';
import { buildShim } from '../shim/build-shim.ts';
import { DiskImage } from '../shim/disk-image.ts';
import { readJournal, type DiskRecord } from '../shim/disk-journal.ts';
import { reconcile } from '../shim/keep-journal.ts';
import { cutPower, type Cut } from '../shim/power-cut.ts';

/** What goes wrong with the disk; see `disk.c`. */
export type DiskFault = {
  readonly call: 'sync' | 'write';
  /** End of the file's name; `*` is any. */
  readonly file: string;
  /** So many calls go well first. */
  readonly skip: number;
  /** So many calls fail; 0: all that follow. */
  readonly times: number;
  readonly fault: 'EIO' | 'ENOSPC' | 'short' | 'delay';
  /** Milliseconds of a delay; of a failed sync, what is read of what it did not write. */
  readonly detail?: string;
};

export type PoweredOptions = { readonly directory: string; readonly durability: 'full' | 'normal' };

/** A server on a disk that can lose power, and what that disk was told since it last had power. */
export class PoweredServer {
  readonly live: LiveServer;
  readonly root: string;
  readonly durability: 'full' | 'normal';
  readonly #aside: string;
  readonly #control: string;
  readonly #journal: string;
  /** The disk as it was when this period began. */
  #before: DiskImage;
  #faults = 0;
  #brokenAt = 0;

  private constructor(live: LiveServer, directory: string, durability: 'full' | 'normal') {
    this.live = live;
    this.#aside = directory;
    this.root = join(directory, 'disk');
    this.durability = durability;
    this.#control = join(directory, 'control');
    this.#journal = join(directory, 'journal');
    this.#before = new DiskImage(this.root);
    live.plan = { journal: this.#journal, durability, version: 1 };
  }

  static async create(scope: Scope, { directory, durability }: PoweredOptions): Promise<PoweredServer> {
    const root = join(directory, 'disk');
    const [journal, control] = [join(directory, 'journal'), join(directory, 'control')];
    mkdirSync(root);
    for (const file of [journal, control]) writeFileSync(file, '');
    // What a live server's process keeps there otherwise; here the journal tells more.
    writeFileSync(join(directory, 'in-flight'), '0');
    const env = {
      LD_PRELOAD: await buildShim(),
      HOLDFAST_DISK_ROOT: root,
      HOLDFAST_DISK_JOURNAL: journal,
      HOLDFAST_DISK_CONTROL: control,
      // What goes to the kernel by a ring passes no library.
      UV_USE_IO_URING: '0',
    };
    const main = new URL('./powered-process.ts', import.meta.url);
    const live = await LiveServer.create(join(root, 'data'), directory, { main, env });
    cleanUp(scope, () => live.end());
    return new PoweredServer(live, directory, durability);
  }

  get journal(): string {
    return this.#journal;
  }

  get records(): DiskRecord[] {
    return readJournal(this.#journal);
  }

  /** The disk as it was when this period began: follow the records from here. */
  get before(): DiskImage {
    return this.#before.copy();
  }

  start(version: 1 | 2): Promise<void> {
    this.live.plan = { ...this.live.plan, version };
    return this.live.start();
  }

  /** From the next call on; takes the place of the one before. */
  break({ call, file, skip, times, fault, detail = '-' }: DiskFault): void {
    this.#faults += 1;
    this.#brokenAt = statSync(this.#journal).size;
    writeFileSync(this.#control, `${this.#faults} ${call} ${file} ${skip} ${times} ${fault} ${detail}`.padEnd(150), { flag: 'r+' });
  }

  /** Whether anything has gone wrong with the disk since the last {@link break}. */
  get hasFailed(): boolean {
    const told = readFileSync(this.#journal).subarray(this.#brokenAt).toString('latin1');
    return /^(?:unsynced|unwritten|shortened|delayed)\t/m.test(told);
  }

  /** The disk does as it should again. */
  mend(): void {
    this.#faults += 1;
    writeFileSync(this.#control, `${this.#faults} mended - 0 0 - -`.padEnd(150), { flag: 'r+' });
  }

  /** kill -9, or the end that has come already. The kernel keeps what it has; the journal then tells all of it. */
  async kill(): Promise<DiskImage> {
    if (this.live.running) await this.live.kill();
    const image = this.before;
    for (const record of this.records) image.follow(record);
    reconcile(image, this.#journal);
    const wrong = image.differences();
    if (wrong.length > 0) throw new Error(`the disk's journal does not tell everything: ${wrong.join('; ')}`);
    return image;
  }

  /** The power goes now, and comes back: the disk has what it may have, and a new period begins. */
  async powerCut(random: () => number): Promise<{ readonly records: DiskRecord[]; readonly before: DiskImage; readonly cut: Cut }> {
    const image = await this.kill();
    const period = { records: this.records, before: this.before };
    rmSync(this.root, { recursive: true });
    mkdirSync(this.root);
    const cut = cutPower(image, this.root, random);
    writeFileSync(this.#journal, '');
    this.#before = new DiskImage(this.root);
    return { ...period, cut };
  }

  /** An empty directory beside the disk. */
  scratch(name: string): string {
    const directory = join(this.#aside, name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    return directory;
  }
}
