import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../harness/port.ts'
import type { Rival } from '../harness/rival.ts'
import { startCommand } from '../harness/servers.ts'
import { findProgramVersion } from '../harness/versions.ts'

/** Varnish with the body in its hash (vmod bodyaccess of varnish-modules), in memory, one pool of threads. */
export const VARNISH: Rival = {
  name: 'varnish',
  findVersion: () => findProgramVersion('varnishd', ['-V'], /varnish-(\S+)/),
  async start({ cores, folder, originUrl }) {
    const port = await findFreePort()
    const file = join(folder, 'bench.vcl')
    writeFileSync(file, toVcl(new URL(originUrl)))
    const command = [
      ...['varnishd', '-F', '-j', 'none', '-n', join(folder, 'work')],
      ...['-a', `127.0.0.1:${port}`, '-f', file, '-s', 'malloc,512m'],
      ...['-p', 'thread_pools=1', '-p', 'thread_pool_min=100', '-p', 'timeout_idle=3600'],
    ]
    return startCommand({ command, url: `http://127.0.0.1:${port}`, place: cores?.server })
  },
}

function toVcl({ hostname, port }: URL): string {
  return `
vcl 4.1;
import bodyaccess;
import std;

backend origin { .host = "${hostname}"; .port = "${port}"; }

sub vcl_recv {
  if (req.method == "POST") {
    std.cache_req_body(64KB);
    set req.http.X-Method = "POST";
    return (hash);
  }
}
sub vcl_hash {
  if (req.http.X-Method) { bodyaccess.hash_req_body(); }
}
sub vcl_backend_fetch {
  if (bereq.http.X-Method) { set bereq.method = "POST"; }
}
sub vcl_backend_response {
  set beresp.ttl = 1h;
}
`
}
