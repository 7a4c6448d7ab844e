#!/usr/bin/env bash
# Builds the Dockerfile without a Docker engine and tests the images over stdio and HTTP, as their user and
# with a read-only root. Skips the binary if Deno's runtime cannot be downloaded.
#
# Needs root on Linux, buildah, curl and Deno:
#   apt-get install -y --no-install-recommends buildah curl
# Base images come from their registries. If BASE_TAR names a root file system with a C library and
# certificates, they are built from it, for example from the output of:
#   mmdebstrap --variant=minbase --include=ca-certificates bookworm base.tar
set -euo pipefail
cd "$(dirname "$0")/.."

DENO=$(deno eval 'console.log(Deno.execPath())')
VERSION=$(deno eval 'console.log(Deno.version.deno)')
work=$(mktemp -d)
containers=()
server=""
function clean {
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  for container in "${containers[@]}"; do $buildah rm "$container" > /dev/null || true; done
  for data in "$work"/data-*; do [ ! -d "$data" ] || umount "$data"; done
  rm -rf "$work"
}
trap clean EXIT
buildah="buildah --storage-driver vfs"
passed=0
skipped=0
function pass { echo "ok       $1"; passed=$((passed + 1)); }
function skip { echo "skipped  $1"; skipped=$((skipped + 1)); }
function fail { echo "FAILED   $1"; exit 1; }

build_flags=(--isolation chroot --format docker --build-arg "DENO_TLS_CA_STORE=system")
for file in /etc/ssl/certs/ca-certificates.crt "$HOME/.npmrc"; do
  [ -f "$file" ] && build_flags+=(--volume "$file:$file:ro")
done

if [ -n "${BASE_TAR:-}" ]; then
  cp "$BASE_TAR" "$work/base.tar"
  cp "$DENO" "$work/deno"
  printf 'FROM scratch\nADD base.tar /\nCOPY deno /usr/bin/deno\n' > "$work/Dockerfile"
  $buildah bud -q --isolation chroot -t "docker.io/denoland/deno:$VERSION" "$work" > /dev/null
  printf 'FROM scratch\nADD base.tar /\n' > "$work/Dockerfile"
  $buildah bud -q --isolation chroot -t gcr.io/distroless/cc-debian12:nonroot "$work" > /dev/null
  build_flags+=(--pull-never)
  echo "The base images are built from $BASE_TAR and Deno $VERSION."
fi

# Runs an image with a read-only root: `in_image ROOT DATA ENTRYPOINT...`.
cat > "$work/in_image" << 'RUN'
#!/usr/bin/env bash
set -euo pipefail
root=$1 data=$2
shift 2
exec unshare --mount bash -c '
  root=$1 data=$2; shift 2
  mount --bind "$root" "$root"
  mount -o remount,bind,ro "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  [ "$data" = none ] || mount --bind "$data" "$root/data"
  exec chroot --userspec=65532:65532 "$root" env -i "$@"
' in_image "$root" "$data" "$@"
RUN
chmod +x "$work/in_image"

# check_target NAME: tests an image.
function check_target {
  local image=$1 container root port=8699 data="$work/data-$1"
  container=$($buildah from --pull-never "$image")
  containers+=("$container")
  root=$($buildah mount "$container")
  local config
  config=$($buildah inspect --type image "$image")
  # shellcheck disable=SC2016
  read_config() { deno eval 'const c = JSON.parse(await new Response(Deno.stdin.readable).text()).Docker.config;
    for (const it of eval("c." + Deno.args[0])) console.log(it)' "$1" <<< "$config"; }
  mapfile -t env < <(read_config Env)
  mapfile -t entrypoint < <(read_config Entrypoint)
  mapfile -t health < <(read_config 'Healthcheck.Test.slice(1)')
  [ "$($buildah inspect --type image --format '{{.Docker.Config.User}}' "$image")" = 65532:65532 ] ||
    fail "$image: the user is wrong"
  # A separate device, like a volume.
  mkdir "$data"
  mount -t tmpfs -o uid=65532,gid=65532,mode=700 tmpfs "$data"
  env+=(OPENAI_BASE_URL=offline:)

  deno task -q smoke "$work/in_image" "$root" "$data" "${env[@]}" TRANSPORT=stdio "${entrypoint[@]}" ||
    fail "$image: the conversation over stdio"
  pass "$image: a conversation over stdio, as 65532, with a read-only root"

  "$work/in_image" "$root" "$data" "${env[@]}" TRANSPORT=stdio "${health[@]}" ||
    fail "$image: the health check under stdio"
  if "$work/in_image" "$root" "$data" "${env[@]}" PORT=$port "${health[@]}" 2> /dev/null; then
    fail "$image: the health check passes without a server"
  fi
  "$work/in_image" "$root" "$data" "${env[@]}" PORT=$port MCP_AUTH_TOKEN=secret-of-the-check \
    "${entrypoint[@]}" 2> "$work/log" &
  server=$!
  for _ in $(seq 100); do grep -q 'listening on' "$work/log" && break; sleep 0.1; done
  "$work/in_image" "$root" "$data" "${env[@]}" PORT=$port "${health[@]}" || fail "$image: the health check"
  pass "$image: the health check follows PORT, and passes under stdio"

  local call='{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask_assistant","arguments":{"message":"Hello"}}}'
  curl -fsS "http://127.0.0.1:$port/mcp" -H 'content-type: application/json' \
    -H 'authorization: Bearer secret-of-the-check' -d "$call" | grep -q '"status":"completed"' ||
    fail "$image: the call over HTTP"
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/mcp" -d "$call")" = 401 ] ||
    fail "$image: a call without a token"
  kill "$server"
  wait "$server" || fail "$image: the exit code of the server"
  server=""
  pass "$image: a call over HTTP with a token, a refusal without it, and a clean shutdown"

  [ -f "$data/assistants-mcp/offline.db" ] || fail "$image: the database is not in /data"
  ! grep -q 'nothing is mounted' "$work/log" || fail "$image: a warning although /data is mounted"
  "$work/in_image" "$root" none "${env[@]}" "${entrypoint[@]}" 2> "$work/log" && fail "$image: no database"
  grep -q 'nothing is mounted at /data' "$work/log" || fail "$image: no warning although nothing is mounted"
  pass "$image: data is in /data, and without a mount the server warns"
}

$buildah bud -q "${build_flags[@]}" --target runtime -t assistants-mcp-runtime . > /dev/null
pass "assistants-mcp-runtime: built"
check_target assistants-mcp-runtime

if $buildah bud -q "${build_flags[@]}" -t assistants-mcp . > "$work/build.log" 2>&1; then
  pass "assistants-mcp: built"
  check_target assistants-mcp
elif grep -q "runtime cannot be downloaded from dl.deno.land" "$work/build.log"; then
  skip "assistants-mcp: the binary, as $(grep -o "Deno's runtime cannot be downloaded from dl.deno.land" "$work/build.log" | head -n 1)"
else
  cat "$work/build.log"
  fail "assistants-mcp: the build"
fi
echo "$passed passed, $skipped skipped"
