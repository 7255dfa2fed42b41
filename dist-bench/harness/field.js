import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimCores } from './cores.js';
import { ROOT, startServer } from './servers.js';
/** Starts all servers, each in its own process; the two of Reprise differ in their log only. */
export async function startField(profileFolder) {
    const cores = claimCores();
    const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'));
    const started = [];
    const start = async (options) => {
        const server = await startServer(options);
        started.push(server);
        return server;
    };
    const close = async () => {
        for (const server of started.toReversed())
            await server.stop();
        rmSync(folder, { recursive: true, force: true });
    };
    const child = (name) => join(ROOT, 'dist-bench', 'children', `${name}.js`);
    try {
        const behind = await start({ script: child('origin'), core: cores?.origin });
        const reprise = (level, nodeOptions = []) => start({
            script: join(ROOT, 'dist', 'main.js'),
            arguments: toArguments(behind.url, join(folder, level), level),
            nodeOptions,
            core: cores?.server,
        });
        const servers = {
            reprise: await reprise('silent', toProfiling(profileFolder)),
            'reprise+log': await reprise('info'),
            fastify: await start({ script: child('bare-fastify'), core: cores?.server }),
            origin: await start({ script: child('origin'), core: cores?.server }),
        };
        return { servers, behind, cores, close };
    }
    catch (error) {
        await close();
        throw error;
    }
}
function toArguments(upstream, dataDir, level) {
    const listen = ['--listen', '127.0.0.1:0', '--upstream', upstream];
    return ['serve', ...listen, '--data-dir', dataDir, '--log-level', level, '--log-format', 'json'];
}
function toProfiling(folder) {
    return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', folder];
}
//# sourceMappingURL=field.js.map