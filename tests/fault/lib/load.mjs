// Clients that send without end and write into the ledger what they sent and what was acknowledged. Of what was not
// answered they send a half again, until it is; and some again that was answered.
import { kKinds } from './requests.mjs';

const kAnswerLimitMs = 20_000;
const kPauseAfterFailureMs = 20;
const kAgain = 0.05; // of what was acknowledged
const kRemembered = 100; // requests that may be sent again

export class Load {
  #running = [];
  #stopping = false;
  #unanswered = [];
  #answered = [];

  /** `url()` is where the collector listens now; `kinds` those that are sent, `pauseMs` between two of a client. */
  constructor({ url, ledger, requests, random, clients = 4, kinds = kKinds, pauseMs = 3 }) {
    Object.assign(this, { url, ledger, requests, random, clients, kinds, pauseMs });
    this.forget();
  }

  /** The counts begin again. */
  forget() {
    this.taken = Object.fromEntries(this.kinds.map((kind) => [kind, 0])); // requests acknowledged
    this.unanswered = 0; // no answer at all
    this.later = []; // answers that say: send it again
    this.wrong = []; // any other answer
  }

  start() {
    this.#stopping = false;
    this.#running = Array.from({ length: this.clients }, () => this.#client());
  }

  /** Resolves when every request under way has its answer, or none. */
  async stop() {
    this.#stopping = true;
    await Promise.all(this.#running);
    this.#running = [];
  }

  /** Sends what was acknowledged before, `times` each and out of order. */
  async resend(times) {
    const all = this.#answered.flatMap((request) => Array(times).fill(request));
    for (let i = all.length - 1; i > 0; --i) {
      const j = this.random.number(i + 1);
      [all[i], all[j]] = [all[j], all[i]];
    }
    const client = async () => {
      for (let request = all.pop(); request; request = all.pop())
        while (!(await this.deliver(request))) await pause(kPauseAfterFailureMs);
    };
    await Promise.all(Array.from({ length: this.clients }, client));
  }

  async #client() {
    while (!this.#stopping) {
      const request = this.#choose();
      if (await this.deliver(request)) {
        this.#answered.push(request);
        if (this.#answered.length > kRemembered) this.#answered.shift();
        await pause(this.pauseMs);
      } else {
        if (this.random.chance(0.5)) this.#unanswered.push(request);
        await pause(kPauseAfterFailureMs);
      }
    }
  }

  #choose() {
    if (this.#unanswered.length > 0) return this.#unanswered.shift();
    if (this.#answered.length > 0 && this.random.chance(kAgain)) return this.random.pick(this.#answered);
    return this.requests.next(this.random.pick(this.kinds));
  }

  /** Whether it was acknowledged. */
  async deliver(request) {
    this.ledger.sending(request.things);
    const { method, headers, body } = request;
    let answer;
    try {
      const signal = AbortSignal.timeout(kAnswerLimitMs);
      answer = await fetch(this.url() + request.address, { method, headers, body, signal });
      await answer.arrayBuffer();
    } catch {
      // 2xx counts when its head was there: the promise was made.
      if (!answer?.ok) {
        ++this.unanswered;
        return false;
      }
    }
    if (answer.ok) {
      this.ledger.acknowledged(request.things);
      ++this.taken[request.kind];
      return true;
    }
    const { status } = answer;
    const seen = { status, retryAfter: answer.headers.get('retry-after'), address: request.address };
    (status === 503 || status === 429 ? this.later : this.wrong).push(seen);
    return false;
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
