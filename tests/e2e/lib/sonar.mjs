// An agent that scans targets, and what it leaves.
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './bench.mjs';
import { Candor, kCandor } from './program.mjs';
import { kPassword, kUser } from './oidc_panel.mjs';

const kContracts = path.resolve(import.meta.dirname, '../../../contracts');

export class SonarAgent extends Candor {
  constructor(bench, name = 'sonar') {
    super(bench.folder(name));
    this.bench = bench;
  }

  /** `sonar`: lines of the table [monitor.sonar], and of those below it. */
  write(sonar) {
    const file = path.join(this.folder, 'candor.toml');
    writeFileSync(file, `product = "mesh"\ncontracts = "${kContracts}"\n${sonar}\n`);
    chmodSync(file, 0o600);
    return this;
  }

  /** The seed's keys and no more, for one target. */
  seed(url, { password = kPassword, project = 'p', interval = 1, more = '' } = {}) {
    return this.write(`[monitor.sonar]
username = "${kUser}"
password = ${JSON.stringify(password)}
customer = "c"
project = "${project}"
scanInterval = ${interval}
${more}
targets = [{platformName = "eu1.aws", url = "${url}"}]`);
  }

  /** {code, result, text} of one scan. */
  async once(...args) {
    const { code, out, err, ms } = await this.run('sonar', 'run', '--once', '--json', ...args);
    if (code !== 0 && code !== 1) throw new Error(`exit ${code}: ${err}`);
    return { code, ms, text: out + err, result: JSON.parse(out).scans[0] };
  }

  start() {
    this.agent = this.bench.start(kCandor, ['agent'], { env: this.env });
    return this.agent;
  }

  record(target = 'eu1.aws') {
    return JSON.parse(readFileSync(this.state('sonar', `${target}.json`), 'utf8')).scans[0];
  }

  /** The record of the target when `look` says that it is the one. */
  recorded(what, look) {
    return until(what, () => {
      const record = this.record();
      return look(record) && record;
    }, { within: 20_000 });
  }

  /** Everything below the folder but the configuration, as one text. */
  left() {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    return files
      .filter((file) => file.isFile() && file.name !== 'candor.toml' && !file.name.endsWith('.pw'))
      .map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'))
      .join('\n');
  }
}

/** The step that failed, as {name, class, problem, …}. */
export const failed = (result) => result.steps.find((step) => step.run && !step.ok);
