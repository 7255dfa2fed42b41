import { openProbe } from '../harness/probe.js';
import { quantile } from '../harness/statistics.js';
import { toNewQuestion } from './questions.js';
/**
 * What a miss makes the first frame later: the same origin, asked directly and through Reprise in
 * turn, every question new, which of the two comes first changing with each pair.
 */
export async function measureFirstFrame(field, pairs) {
    const measured = [];
    for (const shape of ['stream', 'whole']) {
        await collect(field, shape, Math.ceil(pairs / 3));
        const { direct, added } = await collect(field, shape, pairs);
        measured.push({
            title: `miss, ${shape}, added to the first frame, median`,
            ms: quantile(added, 0.5),
            p99Ms: quantile(added, 0.99),
            beside: { name: 'direct', ms: quantile(direct, 0.5) },
            targetMs: 1,
        });
    }
    return measured;
}
async function collect(field, shape, pairs) {
    const direct = await openProbe(field.behind.url);
    const proxied = await openProbe(field.servers.reprise.url);
    const directMs = [];
    const added = [];
    for (let pair = 0; pair < pairs; pair += 1) {
        const probes = pair % 2 === 0 ? [direct, proxied] : [proxied, direct];
        const times = new Map();
        for (const probe of probes) {
            const { firstFrameMs } = await probe.ask(toNewQuestion('reprise', 'long', shape));
            times.set(probe, firstFrameMs);
        }
        const [without = Number.NaN, through = Number.NaN] = [times.get(direct), times.get(proxied)];
        directMs.push(without);
        added.push(through - without);
    }
    direct.close();
    proxied.close();
    return { direct: directMs, added };
}
//# sourceMappingURL=first-frame.js.map