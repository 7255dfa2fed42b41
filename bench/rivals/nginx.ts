import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../harness/port.ts'
import type { Rival } from '../harness/rival.ts'
import { startCommand } from '../harness/servers.ts'
import { findProgramVersion } from '../harness/versions.ts'

/** nginx with a cache of POST answers by their body: no log, kept connections, files kept open. */
export const NGINX: Rival = {
  name: 'nginx',
  findVersion: () => findProgramVersion('nginx', ['-v'], /nginx\/(\S+)/),
  async start({ cores, folder, originUrl }) {
    const port = await findFreePort()
    mkdirSync(join(folder, 'cache'))
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, toConfiguration(folder, port, new URL(originUrl).host))
    const command = ['nginx', '-p', folder, '-c', file, '-e', join(folder, 'error.log')]
    return startCommand({ command, url: `http://127.0.0.1:${port}`, place: cores?.server })
  },
}

function toConfiguration(folder: string, port: number, origin: string): string {
  return `
daemon off;
user root;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  open_file_cache max=20000 inactive=1h;
  open_file_cache_valid 1h;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache levels=1:2 keys_zone=answers:64m max_size=1g inactive=1h use_temp_path=off;
  upstream origin {
    server ${origin};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    client_body_buffer_size 64k;
    client_body_in_single_buffer on;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffer_size 16k;
      proxy_buffers 16 16k;
      proxy_cache answers;
      proxy_cache_methods POST;
      proxy_cache_key "$request_uri $request_body";
      proxy_cache_valid 200 1h;
    }
  }
}
`
}
