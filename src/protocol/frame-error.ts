/** The other side sent what is no frame of this protocol version. */
export class FrameError extends Error {
  readonly code: 'bad-frame' | 'too-large' | 'unsupported-version';
  constructor(code: FrameError['code'], message: string) {
    super(message);
    this.name = 'FrameError';
    this.code = code;
  }
}
