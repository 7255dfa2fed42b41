// npm run bench [-- --quick] [--profile] [--only=<part of a title>]
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from './harness/comparison.js';
import { startField } from './harness/field.js';
import { toTopFunctions } from './harness/profile.js';
import { judge, RESULTS, toTable, writeResults } from './harness/report.js';
import { measureFirstFrame } from './scenarios/first-frame.js';
import { measureHitLatency } from './scenarios/hit-latency.js';
import { HITS } from './scenarios/hits.js';
import { MISSES } from './scenarios/misses.js';
import { PASS_THROUGH } from './scenarios/pass-through.js';
const flags = process.argv.slice(2);
const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length);
const effort = flags.includes('--quick')
    ? { rounds: 1, seconds: 1.5, pairs: 300 }
    : { rounds: 5, seconds: 3, pairs: 300 };
const profileFolder = flags.includes('--profile') ? join(RESULTS, 'profile') : undefined;
if (profileFolder !== undefined) {
    rmSync(profileFolder, { recursive: true, force: true });
    mkdirSync(profileFolder, { recursive: true });
}
const field = await startField(profileFolder);
const compared = [];
try {
    const isWanted = ({ title }) => title.includes(only ?? '');
    for (const scenario of [...HITS, ...MISSES, ...PASS_THROUGH].filter(isWanted)) {
        process.stderr.write(`${scenario.title} …\n`);
        compared.push({ scenario, rows: await compare(scenario, field, effort) });
    }
    const latencies = only
        ? []
        : [
            ...(await measureHitLatency(field, effort.pairs * 3)),
            ...(await measureFirstFrame(field, effort.pairs)),
        ];
    const findings = { compared, latencies, effort, cores: field.cores };
    console.log(toTable(findings));
    console.log(judge(findings).join('\n'));
    if (only === undefined)
        writeResults(findings);
}
finally {
    await field.close();
}
if (profileFolder !== undefined)
    console.log(toTopFunctions(profileFolder).join('\n'));
//# sourceMappingURL=run.js.map