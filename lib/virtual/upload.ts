import type { PromptAnswer } from './answer.js';
import { error, ok } from './answer.js';
import type { Module } from './module.js';

/** Silence in ms in which a module has written down what it has room for. */
const PAUSE = 20;

/** The bytes of an upload as they come, of which those are lost that the module has no room for (field note 4). */
export class UploadBuffer {
  readonly #module: Module;
  /** Whether both ends of the line control the flow. */
  readonly #controlled: () => boolean;
  /** Bytes since the last pause, and when the last of them came. */
  #burst = 0;
  #last = -Infinity;

  constructor(module: Module, controlled: () => boolean) {
    this.#module = module;
    this.#controlled = controlled;
  }

  /** An upload begins. */
  begin(): void {
    this.#burst = 0;
    this.#last = -Infinity;
  }

  /** What is kept of bytes that come now. */
  hear(bytes: Buffer): Buffer {
    const now = performance.now();
    if (now - this.#last >= PAUSE) this.#burst = 0;
    this.#last = now;
    const { uploadBuffer: size } = this.#module.faults;
    const kept = size === undefined || this.#controlled() ? bytes : bytes.subarray(0, Math.max(0, size - this.#burst));
    this.#burst += bytes.length;
    if (kept.length < bytes.length) {
      this.#module.log.add('net', `${bytes.length - kept.length} bytes of an upload were lost`);
    }
    return kept;
  }
}

/** Takes a file of so many bytes, or does with it what the faults say. */
export function takeFile(name: string, length: number, module: Module): PromptAnswer {
  const { faults, store } = module;
  const answer: PromptAnswer['answer'] = (content) => {
    if (faults.uploadRefused) {
      faults.uploadRefused--;
      return error();
    }
    store.put(name, content);
    return ok();
  };
  const [upload, bytes] = faults.uploadCut ?? [0, 0];
  if (upload > 1) faults.uploadCut = [upload - 1, bytes];
  if (upload !== 1) return { kind: 'prompt', length, upload: true, answer };
  faults.uploadCut = undefined;
  const then = (beginning: Buffer) => {
    store.files.set(name, beginning);
    module.reset();
  };
  return { kind: 'prompt', length, upload: true, answer, cut: { after: Math.min(bytes, length), then } };
}
