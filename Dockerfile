# The server as one binary, beside the C library and nothing else, as a user who owns only /data.

FROM denoland/deno:2.9.6 AS build
WORKDIR /app
COPY deno.json deno.lock ./
COPY src ./src
RUN deno task compile && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /app/dist/assistants-mcp /usr/local/bin/assistants-mcp
# A new volume takes its owner from the folder that it covers.
COPY --from=build --chown=65532:65532 /data /data
ENV TRANSPORT=streamable-http HOST=0.0.0.0 PORT=8662 XDG_DATA_HOME=/data
USER 65532:65532
VOLUME /data
EXPOSE 8662
ENTRYPOINT ["/usr/local/bin/assistants-mcp"]
