# One image for API, jobs and tools; which of them runs is the command: node serve/node.ts | serve/jobs.ts | serve/migrate.ts.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY ui/package.json ui/
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production MA_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/handlers handlers
COPY --from=build /app/jobs jobs
COPY --from=build /app/shared shared
COPY --from=build /app/tools tools
COPY --from=build /app/serve serve
COPY --from=build /app/sql sql
COPY --from=build /app/ui/dist ui/dist
RUN mkdir /data && chown 10001:10001 /data
ENV MA_DATA_DIR=/data
USER 10001:10001
EXPOSE 8080
CMD ["node", "serve/node.ts"]
