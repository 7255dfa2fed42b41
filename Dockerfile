# syntax=docker/dockerfile:1

# Any Node that is 20.20 or newer. The stage that builds brings the binary of the one that runs, so that
# the SQLite addon always meets the Node it was compiled for.
ARG NODE_VERSION=20

FROM node:${NODE_VERSION}-bookworm-slim AS build

# For the SQLite addon, where no prebuilt one can be had.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# The headers that came with Node: nothing is downloaded that the lockfile does not name.
ENV npm_config_nodedir=/usr/local

# Install scripts run for the SQLite addon only.
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund \
 && npm rebuild better-sqlite3

COPY tsconfig.json ./
COPY scripts/bundle-json-schema.mjs ./scripts/
COPY src ./src
RUN npm run build

# What is only needed to build, and a folder that becomes the volume with its owner.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && cd node_modules/better-sqlite3 \
 && mv build/Release/better_sqlite3.node . \
 && rm -rf build deps src \
 && mkdir -p build/Release \
 && mv better_sqlite3.node build/Release/ \
 && cd ../.. \
 && find dist -name '*.map' -delete \
 && mkdir data

# glibc, libstdc++ and certificates: no shell, no package manager. The user is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot

ARG REPRISE_VERSION=0.1.0
ARG REVISION=unknown

LABEL org.opencontainers.image.title="Reprise" \
      org.opencontainers.image.description="A caching reverse proxy for Ollama" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${REPRISE_VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"

COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=65532:65532 /app/data /data
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
# The page of the dashboard: files as they are.
COPY --from=build /app/src/admin/dashboard /app/src/admin/dashboard
COPY package.json LICENSE /app/

# Only what publishes the port decides who reaches it. SQLite's temporary files go where writing is allowed
# when the root is read-only.
ENV NODE_ENV=production \
    REPRISE_LISTEN=0.0.0.0:11435 \
    REPRISE_ALLOW_REMOTE=true \
    REPRISE_DATA_DIR=/data \
    SQLITE_TMPDIR=/data

WORKDIR /app
USER 65532:65532
VOLUME ["/data"]
EXPOSE 11435
STOPSIGNAL SIGTERM

# Ends with 69 where nothing answers; asks the address that REPRISE_LISTEN names.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/dist/main.js", "health"]

ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
CMD ["serve"]
