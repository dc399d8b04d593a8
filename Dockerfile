# Orderloom's API and worker, one image for both: which one it is says the command.
# Debian, not Alpine: Temporal's native library is built against glibc.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that production uses needs an install script.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
# What Temporal's native library checks the certificate of a Temporal server with; Node has its own.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production ORDERLOOM_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
# Node runs TypeScript as it is: there is nothing to build.
COPY activities ./activities
COPY api ./api
COPY config ./config
COPY connectors ./connectors
COPY db ./db
COPY domain ./domain
COPY workers ./workers
COPY workflows ./workflows
COPY scripts/migrate.ts scripts/reseal.ts ./scripts/
USER node
EXPOSE 3000
# Of the API; a worker is asked at WORKER_METRICS_PORT, see docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["api/main.ts"]
