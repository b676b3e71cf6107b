// Clients with a connection of their own each, which know what became of it: between two requests the other side may
// close it, within one that it began to read it may not.
import net from 'node:net';

export class KeepAliveClients {
  #stopping = false;
  #all;

  #finish = [];

  /**
   * Begins to send requests of `stage`, on `count` connections, until they are closed; or, `begun`, one each, of which
   * the end is missing until finish() is called.
   */
  constructor(stage, count, { begun = false } = {}) {
    this.counts = { answered: 0, unanswered: 0, cut: [] };
    this.begun = begun;
    this.#all = Promise.all(Array.from({ length: count }, () => this.#client(stage)));
  }

  finish() {
    for (const finish of this.#finish) finish();
  }

  /** Resolves when each connection is closed: {answered, unanswered, cut: what the other side had begun}. */
  async end() {
    this.#stopping = true;
    await this.#all;
    return this.counts;
  }

  #client(stage) {
    const { hostname, port, host } = new URL(stage.collector.url);
    return new Promise((done) => {
      const socket = net.connect({ port: Number(port), host: hostname, noDelay: true });
      let request;
      let received = '';
      const next = () => {
        if (this.#stopping) return socket.end();
        request = stage.requests.next(stage.random.pick(stage.load.kinds));
        received = '';
        stage.ledger.sending(request.things);
        const head = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        const length = `content-length: ${Buffer.byteLength(request.body)}\r\n`;
        socket.write(`${request.method} ${request.address} HTTP/1.1\r\nhost: ${host}\r\n${head.join('')}${length}\r\n`);
        const { body } = request;
        if (!this.begun) return socket.write(body);
        socket.write(body.slice(0, 10));
        this.#finish.push(() => socket.write(body.slice(10)));
        this.#stopping = true;
      };
      socket.on('connect', next);
      socket.on('data', (bytes) => {
        received += bytes.toString('latin1');
        if (!isWhole(received)) return;
        const status = Number(received.split(' ')[1]);
        if (status >= 200 && status < 300) {
          stage.ledger.acknowledged(request.things);
          ++this.counts.answered;
        } else {
          this.counts.cut.push(`${request.address}: ${received.slice(0, 200)}`);
        }
        request = undefined;
        if (/^connection: close\r$/im.test(received)) socket.end();
        else next();
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        // A request and the closing of the connection can meet on the way; then nobody began to read it.
        if (request !== undefined) ++this.counts.unanswered;
        if (request !== undefined && (received !== '' || this.begun))
          this.counts.cut.push(`${request.address}: cut off after "${received}"`);
        done();
      });
    });
  }
}

function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/^content-length: (\d+)\r$/im.exec(text.slice(0, end + 1))?.[1] ?? 0);
  return text.length >= end + 4 + length;
}
