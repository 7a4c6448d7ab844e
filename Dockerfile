# syntax=docker/dockerfile:1
# The image of assistants-mcp. The default target contains the compiled binary and the C library only.
# `--target runtime` contains the bundle on Deno's image, for networks without access to dl.deno.land.

FROM denoland/deno:2.9.6 AS build
WORKDIR /app
# Certificate store for downloads; `system` selects the store of the machine.
ARG DENO_TLS_CA_STORE=mozilla
COPY deno.json deno.lock ./
COPY scripts ./scripts
COPY src ./src
RUN deno task bundle && mkdir -p /empty/data

FROM build AS compile
RUN deno task compile && mv dist/assistants-mcp-linux-* /empty && mv /empty/*64 /empty/assistants-mcp

FROM denoland/deno:2.9.6 AS runtime
LABEL org.opencontainers.image.title="assistants-mcp" \
  org.opencontainers.image.description="OpenAI assistants for every MCP client" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="MIT" \
  io.modelcontextprotocol.server.name="io.github.OWNER/assistants-mcp"
COPY --from=build /app/deno.json /app/dist/assistants-mcp.js /app/
# A new volume inherits the owner of the folder at its mount point.
COPY --from=build --chown=65532:65532 /empty/data /data
ENV TRANSPORT=streamable-http HOST=0.0.0.0 PORT=8662 XDG_DATA_HOME=/data
# The root file system may be read-only, so Deno must not write a cache.
ENV DENO_DIR=/nonexistent DENO_NO_UPDATE_CHECK=1
USER 65532:65532
EXPOSE 8662
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
  CMD ["deno", "run", "-q", "--no-prompt", "--no-lock", "--cached-only", "--config=/app/deno.json", "-P=serve", "--allow-read=/app", "--deny-write", "/app/assistants-mcp.js", "healthcheck"]
ENTRYPOINT ["deno", "run", "-q", "--no-prompt", "--no-lock", "--cached-only", "--config=/app/deno.json", "-P=serve", "--allow-read=/app,/data,/run/secrets", "--allow-write=/data", "/app/assistants-mcp.js"]

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="assistants-mcp" \
  org.opencontainers.image.description="OpenAI assistants for every MCP client" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="MIT" \
  io.modelcontextprotocol.server.name="io.github.OWNER/assistants-mcp"
COPY --from=compile /empty/assistants-mcp /usr/local/bin/assistants-mcp
COPY --from=build --chown=65532:65532 /empty/data /data
ENV TRANSPORT=streamable-http HOST=0.0.0.0 PORT=8662 XDG_DATA_HOME=/data
USER 65532:65532
EXPOSE 8662
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
  CMD ["/usr/local/bin/assistants-mcp", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/assistants-mcp"]
