import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
/** Binds this process, which makes the load, and says where the others belong. */
export function claimCores() {
    const count = availableParallelism();
    if (count < 2)
        return undefined;
    const cores = { server: 0, load: 1, origin: count > 2 ? 2 : 1 };
    try {
        for (const core of Object.values(cores))
            execFileSync('taskset', ['-c', String(core), 'true']);
        execFileSync('taskset', ['-a', '-c', '-p', String(cores.load), String(process.pid)]);
        return cores;
    }
    catch {
        return undefined;
    }
}
//# sourceMappingURL=cores.js.map